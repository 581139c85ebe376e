-- What: What each API key spent, by day.
-- Grain: day, api_key_id, is_simulated.
-- Trap: Serving only. api_key_id is NULL where the server runs without keys; days are UTC.
CREATE OR REPLACE VIEW spend_by_key AS
SELECT
    day, api_key_id, is_simulated,
    sum(episodes)::BIGINT AS requests,
    coalesce(sum(episodes) FILTER (WHERE mode = 'failed'), 0)::BIGINT AS failed,
    sum(router_input_tokens + call_input_tokens)::BIGINT AS input_tokens,
    sum(router_output_tokens + call_output_tokens)::BIGINT AS output_tokens,
    sum(total_cost_usd)::DECIMAL(18, 9) AS total_cost_usd
FROM episode_sums
WHERE kind = 'serve'
GROUP BY ALL
