-- What: Calls with what they cost at the price listed at their own time, beside the cost at base
-- prices.
-- Grain: episode_id, call_index.
-- Trap: Models are joined with LiteLLM's map by litellm_model (openai/ is dropped, as the map has it),
-- then with OpenRouter's list; asof_usd is NULL, and price_list too, where neither had a price then:
-- never sum it without counting those. Prices of long prompts hold for the whole call. What was
-- refused was never sent, and is 0. Joins every call with its episode and its menu: name a day or a
-- run when there are many.
-- Needs: price_intervals, fct_call, tokens_cost
CREATE OR REPLACE VIEW call_list_cost_asof AS
WITH sent AS (
    SELECT
        c.episode_id, c.call_index, c.day, c.run_id, c.kind, c.policy, c.tier, c.model_id, c.status,
        c.is_simulated, c.input_tokens, c.cached_input_tokens, c.output_tokens, c.reasoning_tokens,
        c.cost_usd, c.list_cost_usd,
        timezone('UTC', coalesce(c.started_at, e.started_at)) AS at_utc,
        regexp_replace(m.litellm_model, '^openai/', '') AS litellm_model
    FROM fct_call AS c
    JOIN episodes AS e ON e.episode_id = c.episode_id AND e.day = c.day
    LEFT JOIN menu_entries AS m
        ON m.catalog_id = e.catalog_id AND m.tool_name = c.tool_name AND m.model_id = c.model_id
),

with_map AS (
    SELECT s.*, p AS map
    FROM sent AS s
    ASOF LEFT JOIN (FROM price_intervals WHERE price_list = 'litellm') AS p
        ON p.model = s.litellm_model AND s.at_utc >= p.valid_from
),

with_both AS (
    SELECT s.*, p AS router
    FROM with_map AS s
    ASOF LEFT JOIN (FROM price_intervals WHERE price_list = 'openrouter') AS p
        ON p.model = s.litellm_model AND s.at_utc >= p.valid_from
),

priced AS (
    SELECT
        * EXCLUDE (map, router),
        CASE
            WHEN map.valid_from IS NOT NULL AND (map.valid_to IS NULL OR at_utc < map.valid_to)
                THEN map
            WHEN router.valid_from IS NOT NULL
                AND (router.valid_to IS NULL OR at_utc < router.valid_to)
                THEN router
        END AS p
    FROM with_both
)

SELECT
    * EXCLUDE (p),
    p.price_list, p.valid_from AS price_since,
    p.input_per_million AS asof_input_per_million, p.output_per_million AS asof_output_per_million,
    CASE
        WHEN status = 'refused' THEN 0
        ELSE tokens_cost(
            coalesce(input_tokens, 0), coalesce(cached_input_tokens, 0),
            coalesce(output_tokens, 0), coalesce(reasoning_tokens, 0), p
        )
    END AS asof_usd
FROM priced
