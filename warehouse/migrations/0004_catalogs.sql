-- Which models are offered, at which price. Prices are DECIMAL(18,9) USD per million tokens:
-- nine decimals hold a price of 0.000001 USD exactly, nine digits before the point are never needed.

CREATE TABLE models (
    build_id VARCHAR NOT NULL,
    model_id VARCHAR NOT NULL,
    display_name VARCHAR NOT NULL,
    provider VARCHAR NOT NULL,
    litellm_model VARCHAR NOT NULL,
    tier VARCHAR NOT NULL,
    enabled BOOLEAN NOT NULL,
    context_window BIGINT NOT NULL,
    max_output_tokens BIGINT,
    capabilities VARCHAR[] NOT NULL
);

COMMENT ON TABLE models IS 'The base list, enabled or not. Grain: build_id, model_id.';
COMMENT ON COLUMN models.build_id IS 'Build the row belongs to: content hash of its manifest.';
COMMENT ON COLUMN models.model_id IS 'Our id, stable across price lists.';
COMMENT ON COLUMN models.display_name IS 'Name for people.';
COMMENT ON COLUMN models.provider IS 'Who sells it.';
COMMENT ON COLUMN models.litellm_model IS 'Name under which LiteLLM calls it.';
COMMENT ON COLUMN models.tier IS 'premium, standard, budget or specialized.';
COMMENT ON COLUMN models.enabled IS 'Offered at all.';
COMMENT ON COLUMN models.context_window IS 'Tokens of prompt and answer together.';
COMMENT ON COLUMN models.max_output_tokens IS 'Tokens of the answer, where limited.';
COMMENT ON COLUMN models.capabilities IS 'What it can do.';

CREATE TABLE prices (
    build_id VARCHAR NOT NULL,
    model_id VARCHAR NOT NULL,
    effective_at DATE NOT NULL,
    input_per_million DECIMAL(18,9) NOT NULL,
    output_per_million DECIMAL(18,9) NOT NULL,
    cached_input_per_million DECIMAL(18,9),
    above_tokens BIGINT,
    input_per_million_above DECIMAL(18,9),
    output_per_million_above DECIMAL(18,9),
    source VARCHAR NOT NULL
);

COMMENT ON TABLE prices IS 'Append-only price history. Grain: build_id, model_id, effective_at.';
COMMENT ON COLUMN prices.build_id IS 'Build the row belongs to: content hash of its manifest.';
COMMENT ON COLUMN prices.model_id IS 'Our id of the model.';
COMMENT ON COLUMN prices.effective_at IS 'First day of the price.';
COMMENT ON COLUMN prices.input_per_million IS 'Prompt price, USD per million tokens.';
COMMENT ON COLUMN prices.output_per_million IS 'Answer price, USD per million tokens.';
COMMENT ON COLUMN prices.cached_input_per_million IS 'Price of a cached prompt, USD per million tokens, where offered.';
COMMENT ON COLUMN prices.above_tokens IS 'Prompt size from which the next two hold.';
COMMENT ON COLUMN prices.input_per_million_above IS 'Prompt price of long prompts, USD per million tokens.';
COMMENT ON COLUMN prices.output_per_million_above IS 'Answer price of long prompts, USD per million tokens.';
COMMENT ON COLUMN prices.source IS 'Where the price was read.';

CREATE TABLE catalogs (
    build_id VARCHAR NOT NULL,
    catalog_id VARCHAR NOT NULL,
    seed BIGINT NOT NULL,
    law VARCHAR NOT NULL,
    base_hash VARCHAR,
    base_date VARCHAR
);

COMMENT ON TABLE catalogs IS 'One perturbed price list. Grain: build_id, catalog_id.';
COMMENT ON COLUMN catalogs.build_id IS 'Build the row belongs to: content hash of its manifest.';
COMMENT ON COLUMN catalogs.catalog_id IS 'Content hash of the price list.';
COMMENT ON COLUMN catalogs.seed IS 'Seed of this list.';
COMMENT ON COLUMN catalogs.law IS 'Perturbation law of this list.';
COMMENT ON COLUMN catalogs.base_hash IS 'Hash of the list it starts from.';
COMMENT ON COLUMN catalogs.base_date IS 'Date of the list it starts from.';

CREATE TABLE catalog_entries (
    build_id VARCHAR NOT NULL,
    catalog_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    model_id VARCHAR NOT NULL,
    tool_name VARCHAR NOT NULL,
    display_name VARCHAR NOT NULL,
    litellm_model VARCHAR NOT NULL,
    tier VARCHAR NOT NULL,
    input_per_million DECIMAL(18,9) NOT NULL,
    output_per_million DECIMAL(18,9) NOT NULL,
    cached_input_per_million DECIMAL(18,9) NOT NULL,
    base_input_per_million DECIMAL(18,9) NOT NULL,
    base_output_per_million DECIMAL(18,9) NOT NULL,
    price_factor DOUBLE NOT NULL,
    context_window BIGINT NOT NULL,
    max_output_tokens BIGINT,
    capabilities VARCHAR[] NOT NULL,
    description VARCHAR NOT NULL
);

COMMENT ON TABLE catalog_entries IS 'One model in one perturbed price list. Grain: build_id, catalog_id, position.';
COMMENT ON COLUMN catalog_entries.build_id IS 'Build the row belongs to: content hash of its manifest.';
COMMENT ON COLUMN catalog_entries.catalog_id IS 'The price list.';
COMMENT ON COLUMN catalog_entries.position IS 'Place in the list as shown, from 0.';
COMMENT ON COLUMN catalog_entries.model_id IS 'Our id of the model.';
COMMENT ON COLUMN catalog_entries.tool_name IS 'Function the policy calls; unique in its list.';
COMMENT ON COLUMN catalog_entries.display_name IS 'Name shown.';
COMMENT ON COLUMN catalog_entries.litellm_model IS 'Name under which LiteLLM calls it.';
COMMENT ON COLUMN catalog_entries.tier IS 'premium, standard, budget or specialized.';
COMMENT ON COLUMN catalog_entries.input_per_million IS 'Prompt price shown and charged, USD per million tokens.';
COMMENT ON COLUMN catalog_entries.output_per_million IS 'Answer price shown and charged, USD per million tokens.';
COMMENT ON COLUMN catalog_entries.cached_input_per_million IS 'Price of a cached prompt, USD per million tokens.';
COMMENT ON COLUMN catalog_entries.base_input_per_million IS 'Prompt price of the base list, USD per million tokens, for audit.';
COMMENT ON COLUMN catalog_entries.base_output_per_million IS 'Answer price of the base list, USD per million tokens, for audit.';
COMMENT ON COLUMN catalog_entries.price_factor IS 'Shown answer price over the base list''s.';
COMMENT ON COLUMN catalog_entries.context_window IS 'Tokens of prompt and answer together.';
COMMENT ON COLUMN catalog_entries.max_output_tokens IS 'Tokens of the answer, where limited.';
COMMENT ON COLUMN catalog_entries.capabilities IS 'What it can do.';
COMMENT ON COLUMN catalog_entries.description IS 'Text shown to the policy, generated from the numbers of this row.';
