-- What: Tokens of called models and of the policy itself, by day.
-- Grain: day, kind, user, model_id, is_simulated; user is 'call' or 'router'.
-- Trap: model_id of the router is the policy's name. Cached input is part of input, reasoning part of
-- output; the router's own are not told apart.
CREATE OR REPLACE VIEW tokens_by_day AS
SELECT
    timezone('UTC', e.started_at)::DATE AS day, e.kind, 'call' AS user, c.model_id,
    c.source = 'simulated' AS is_simulated,
    sum(c.input_tokens)::BIGINT AS input_tokens,
    sum(c.cached_input_tokens)::BIGINT AS cached_input_tokens,
    sum(c.output_tokens)::BIGINT AS output_tokens,
    sum(c.reasoning_tokens)::BIGINT AS reasoning_tokens,
    sum(c.cost_usd)::DECIMAL(18, 9) AS cost_usd
FROM calls AS c
JOIN episodes AS e USING (episode_id)
WHERE c.input_tokens IS NOT NULL
GROUP BY ALL
UNION ALL BY NAME
SELECT
    timezone('UTC', started_at)::DATE AS day, kind, 'router' AS user, policy AS model_id,
    simulated AS is_simulated,
    sum(router_input_tokens)::BIGINT AS input_tokens,
    sum(router_output_tokens)::BIGINT AS output_tokens,
    sum(router_cost_usd)::DECIMAL(18, 9) AS cost_usd
FROM episodes
GROUP BY ALL
