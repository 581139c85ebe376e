-- What: Which models fail most, and why.
-- Grain: one row per model, source, status and reason; at most 50.
-- Trap: Refused calls (a budget, bad arguments) are the policy's doing, not the model's.
SELECT
    model_id, source, status, error_type,
    sum(calls)::BIGINT AS calls, sum(cost_usd)::DECIMAL(18, 9) AS paid_usd
FROM call_failures
GROUP BY ALL
ORDER BY calls DESC, model_id, error_type
LIMIT 50
