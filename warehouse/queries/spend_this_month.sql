-- What: What serving cost in the month of the newest request, per API key, the dearest first.
-- Grain: one row per key.
-- Trap: Simulated requests cost nothing real and are left out; months are UTC.
SELECT
    s.api_key_id, sum(s.requests)::BIGINT AS requests, sum(s.failed)::BIGINT AS failed,
    sum(s.total_cost_usd)::DECIMAL(18, 9) AS usd
FROM spend_by_key AS s
WHERE NOT s.is_simulated
    AND date_trunc('month', s.day) = (SELECT date_trunc('month', max(day)) FROM spend_by_key)
GROUP BY s.api_key_id
ORDER BY usd DESC, s.api_key_id
