-- What: Tokens of called models and of the policy itself, by day.
-- Grain: day, kind, user, model_id, is_simulated; user is 'call' or 'router'.
-- Trap: model_id of the router is the policy's name. Cached input is part of input, reasoning part of
-- output; the router's own are not told apart. Calls without known tokens are left out.
CREATE OR REPLACE VIEW tokens_by_day AS
SELECT
    day, kind, 'call' AS user, model_id, is_simulated,
    sum(input_tokens)::BIGINT AS input_tokens,
    sum(cached_input_tokens)::BIGINT AS cached_input_tokens,
    sum(output_tokens)::BIGINT AS output_tokens,
    sum(reasoning_tokens)::BIGINT AS reasoning_tokens,
    sum(cost_usd)::DECIMAL(18, 9) AS cost_usd
FROM call_sums
WHERE with_tokens > 0
GROUP BY ALL
UNION ALL BY NAME
SELECT
    day, kind, 'router' AS user, policy AS model_id, is_simulated,
    sum(router_input_tokens)::BIGINT AS input_tokens,
    sum(router_output_tokens)::BIGINT AS output_tokens,
    sum(router_cost_usd)::DECIMAL(18, 9) AS cost_usd
FROM episode_sums
GROUP BY ALL
