-- What: A call does not cost its tokens times the prices of its menu, or of the base list.
-- Trap: Where only a cost is known (a bank without tokens) there is nothing to compare. Menus do not
-- hold the second tariff of long prompts: from 128,000 tokens on, up to three times the price is let
-- through; the base list's price of a cached prompt is not on the menu either, so that list costs of
-- cached prompts are not compared.
WITH costs AS (
    SELECT
        e.run_id, c.episode_id, c.call_index, c.cost_usd, c.list_cost_usd, c.input_tokens,
        coalesce(c.cached_input_tokens, 0) AS cached,
        (
            (c.input_tokens - cached) * m.input_per_million + cached * m.cached_input_per_million
            + c.output_tokens * m.output_per_million
        )::DOUBLE / 1e6 AS shown,
        (c.input_tokens * m.base_input_per_million + c.output_tokens * m.base_output_per_million)::DOUBLE
        / 1e6 AS base
    FROM calls AS c
    JOIN episodes AS e USING (episode_id)
    JOIN menu_entries AS m
        ON m.catalog_id = e.catalog_id AND m.tool_name = c.tool_name AND m.model_id = c.model_id
    WHERE c.input_tokens IS NOT NULL
        AND NOT (c.source = 'bank' AND c.input_tokens = 0 AND c.output_tokens = 0)
)

SELECT
    run_id AS build_id, episode_id || ' ' || call_index AS key,
    'cost ' || cost_usd || ', tokens say ' || shown || '; list cost ' || list_cost_usd
    || ', tokens say ' || base AS detail
FROM costs
WHERE cost_usd < shown - (1e-9 + shown * 1e-6)
    OR cost_usd > shown * if(input_tokens > 128000, 3, 1) + (1e-9 + shown * 1e-6)
    OR (cached = 0 AND (
        list_cost_usd < base - (1e-9 + base * 1e-6)
        OR list_cost_usd > base * if(input_tokens > 128000, 3, 1) + (1e-9 + base * 1e-6)
    ))
