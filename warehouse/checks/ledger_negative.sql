-- What: Money, a price, a count or a time is below zero, or a part is larger than its whole.
SELECT run_id AS build_id, episode_id AS key, 'episodes' AS detail
FROM episodes
WHERE least(
        router_cost_usd, calls_cost_usd, total_cost_usd, seconds, turns,
        router_input_tokens, router_output_tokens
    ) < 0
    OR quality NOT BETWEEN 0 AND 1
    OR propensity NOT BETWEEN 0 AND 1
UNION ALL
SELECT '', episode_id || ' ' || call_index, 'calls'
FROM calls
WHERE least(cost_usd, list_cost_usd, provider_cost_usd, seconds, attempts, turn) < 0
    OR least(input_tokens, cached_input_tokens, output_tokens, reasoning_tokens) < 0
    OR cached_input_tokens > input_tokens
    OR reasoning_tokens > output_tokens
UNION ALL
SELECT '', catalog_id || ' ' || position, 'menu_entries'
FROM menu_entries
WHERE least(
        input_per_million, output_per_million, cached_input_per_million,
        base_input_per_million, base_output_per_million, price_factor
    ) < 0
UNION ALL
SELECT data_source, problem_id || ' ' || model_id || ' ' || sample, 'outcomes'
FROM outcomes
WHERE least(cost_usd, seconds, input_tokens, cached_input_tokens, output_tokens, reasoning_tokens) < 0
    OR sample < 0
    OR score NOT BETWEEN 0 AND 1
