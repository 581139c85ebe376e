-- What a policy could have called: the menus of episodes, stored once each.

CREATE TABLE menus (
    catalog_id VARCHAR NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE menus IS 'One menu that was shown to a policy. Grain: catalog_id.';
COMMENT ON COLUMN menus.catalog_id IS 'Content hash of its entries.';
COMMENT ON COLUMN menus.seen_at IS 'When it was first used by any run, UTC.';
COMMENT ON COLUMN menus.run_id IS 'Of that run.';

CREATE TABLE menu_entries (
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

COMMENT ON TABLE menu_entries IS 'One model on one menu. Grain: catalog_id, position.';
COMMENT ON COLUMN menu_entries.catalog_id IS 'The menu.';
COMMENT ON COLUMN menu_entries.position IS 'Place in the order shown, from 0.';
COMMENT ON COLUMN menu_entries.model_id IS 'Our id of the model.';
COMMENT ON COLUMN menu_entries.tool_name IS 'Function the policy calls; unique on its menu.';
COMMENT ON COLUMN menu_entries.display_name IS 'Name shown.';
COMMENT ON COLUMN menu_entries.litellm_model IS 'Name under which LiteLLM calls it.';
COMMENT ON COLUMN menu_entries.tier IS 'premium, standard, budget or specialized.';
COMMENT ON COLUMN menu_entries.input_per_million IS 'Prompt price shown and charged, USD per million tokens.';
COMMENT ON COLUMN menu_entries.output_per_million IS 'Answer price shown and charged, USD per million tokens.';
COMMENT ON COLUMN menu_entries.cached_input_per_million IS 'Price of a cached prompt, USD per million tokens.';
COMMENT ON COLUMN menu_entries.base_input_per_million IS 'Prompt price of the base list, USD per million tokens.';
COMMENT ON COLUMN menu_entries.base_output_per_million IS 'Answer price of the base list, USD per million tokens.';
COMMENT ON COLUMN menu_entries.price_factor IS 'Shown answer price over the base list''s.';
COMMENT ON COLUMN menu_entries.context_window IS 'Tokens of prompt and answer together.';
COMMENT ON COLUMN menu_entries.max_output_tokens IS 'Tokens of the answer, where limited.';
COMMENT ON COLUMN menu_entries.capabilities IS 'What it can do.';
COMMENT ON COLUMN menu_entries.description IS 'As shown to the policy.';
