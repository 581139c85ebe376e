-- What: Price lists as intervals: from when to when which prices held (type 2).
-- Grain: price_list, model, valid_from.
-- Trap: UTC. Slips of units are left out: where a first price was one, the model has none until it was
-- corrected. Models without a prompt or an answer price per token have no row. A price begins when
-- its list said so, which may be days after the seller did; the first rows of a list are as old as
-- the history, not as the price.
CREATE OR REPLACE VIEW price_intervals AS
WITH states AS (
    SELECT
        * EXCLUDE (effective_at), timezone('UTC', effective_at) AS at_utc,
        {
            'listed': kind <> 'delisted', 'input': input_per_million,
            'output': output_per_million, 'cached': cached_input_per_million,
            'written': cache_write_per_million, 'reasoning': reasoning_per_million,
            'tokens': above_tokens, 'input_above': input_per_million_above,
            'output_above': output_per_million_above
        } AS state
    FROM price_events
    WHERE holds OR kind = 'delisted'
),

changes AS (
    SELECT *
    FROM states
    WINDOW history AS (
        PARTITION BY price_list, model ORDER BY at_utc, kind <> 'delisted', event_id
    )
    QUALIFY kind = 'delisted' OR lag(state) OVER history IS DISTINCT FROM state
),

spans AS (
    SELECT *, lead(at_utc) OVER history AS until_utc
    FROM changes
    WINDOW history AS (
        PARTITION BY price_list, model ORDER BY at_utc, kind <> 'delisted', event_id
    )
),

voids AS (
    SELECT
        price_list, model,
        timezone('UTC', void_from) AS void_from, timezone('UTC', effective_at) AS void_to
    FROM price_events
    WHERE void_from IS NOT NULL
)

SELECT
    s.price_list, s.model, s.identity, s.seller,
    s.at_utc AS valid_from, s.until_utc AS valid_to, s.until_utc IS NULL AS is_current,
    s.input_per_million, s.output_per_million, s.cached_input_per_million,
    s.cache_write_per_million, s.reasoning_per_million,
    s.above_tokens, s.input_per_million_above, s.output_per_million_above,
    s.origin AS source, s.event_id
FROM spans AS s
ANTI JOIN voids AS v
    ON v.price_list = s.price_list AND v.model = s.model
        AND s.at_utc >= v.void_from AND s.at_utc < v.void_to
WHERE s.kind <> 'delisted'
    AND s.input_per_million IS NOT NULL AND s.output_per_million IS NOT NULL
    AND (s.until_utc IS NULL OR s.until_utc > s.at_utc)
