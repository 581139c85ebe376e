-- Prices over time, as price lists said them, with the word of the gate for slips of units. Rows are
-- added and never changed: what holds when is for the marts to say.

CREATE TABLE price_events (
    event_id VARCHAR NOT NULL,
    price_list VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    identity VARCHAR NOT NULL,
    seller VARCHAR NOT NULL,
    mode VARCHAR,
    kind VARCHAR NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    relists VARCHAR,
    input_per_million DECIMAL(18,9),
    output_per_million DECIMAL(18,9),
    cached_input_per_million DECIMAL(18,9),
    cache_write_per_million DECIMAL(18,9),
    reasoning_per_million DECIMAL(18,9),
    above_tokens BIGINT,
    input_per_million_above DECIMAL(18,9),
    output_per_million_above DECIMAL(18,9),
    max_input_tokens BIGINT,
    max_output_tokens BIGINT,
    retires_on VARCHAR,
    status VARCHAR NOT NULL,
    slip VARCHAR,
    holds BOOLEAN NOT NULL,
    void_from TIMESTAMP WITH TIME ZONE,
    reason VARCHAR NOT NULL,
    origin VARCHAR NOT NULL
);

COMMENT ON TABLE price_events IS 'What a price list said of a model, and what the gate says of it. Grain: event_id.';
COMMENT ON COLUMN price_events.event_id IS 'First 16 hex digits of SHA-256 over what was said, when, of which model.';
COMMENT ON COLUMN price_events.price_list IS 'litellm or openrouter.';
COMMENT ON COLUMN price_events.model IS 'Key of the list, in LiteLLM''s spelling; openrouter/ID on OpenRouter''s.';
COMMENT ON COLUMN price_events.identity IS 'The model without seller, region and date: equal for the keys of one model.';
COMMENT ON COLUMN price_events.seller IS 'Who asks the price.';
COMMENT ON COLUMN price_events.mode IS 'chat, completion or responses, where known.';
COMMENT ON COLUMN price_events.kind IS 'listed, relisted, changed (prices), meta (limits only) or delisted.';
COMMENT ON COLUMN price_events.effective_at IS 'Since when, UTC.';
COMMENT ON COLUMN price_events.relists IS 'Key under which a relisted model had been delisted: its own, or another of its identity and seller.';
COMMENT ON COLUMN price_events.input_per_million IS 'Prompt price as said, USD per million tokens; NULL where none, or none to be read.';
COMMENT ON COLUMN price_events.output_per_million IS 'Answer price, likewise.';
COMMENT ON COLUMN price_events.cached_input_per_million IS 'Price of a prompt read from a cache, likewise.';
COMMENT ON COLUMN price_events.cache_write_per_million IS 'Price of a prompt written to a cache, likewise.';
COMMENT ON COLUMN price_events.reasoning_per_million IS 'Price of reasoning, where it has its own, likewise.';
COMMENT ON COLUMN price_events.above_tokens IS 'Prompt size from which the next two hold.';
COMMENT ON COLUMN price_events.input_per_million_above IS 'Prompt price of long prompts, USD per million tokens.';
COMMENT ON COLUMN price_events.output_per_million_above IS 'Answer price of long prompts, USD per million tokens.';
COMMENT ON COLUMN price_events.max_input_tokens IS 'Largest prompt.';
COMMENT ON COLUMN price_events.max_output_tokens IS 'Longest answer.';
COMMENT ON COLUMN price_events.retires_on IS 'When it will be taken off, as the list says it.';
COMMENT ON COLUMN price_events.status IS 'accepted or quarantined.';
COMMENT ON COLUMN price_events.slip IS 'Of a quarantined event, whose price is wrong: new (this one) or old (the one before).';
COMMENT ON COLUMN price_events.holds IS 'These prices are in force from effective_at on; false for slips and delistings.';
COMMENT ON COLUMN price_events.void_from IS 'Prices in force from then until effective_at were slips and do not count.';
COMMENT ON COLUMN price_events.reason IS 'Why the gate says so, in words.';
COMMENT ON COLUMN price_events.origin IS 'Commit, package version, or hash of the document.';

COMMENT ON COLUMN loaded_files.content IS 'episodes, menus, outcomes or prices.';
