-- What: Models whose calls fail, are sent again or are refused most when serving, with 95 % intervals.
-- Grain: one row per policy, model, metric and simulated or not; no model is all of them.
-- Trap: Change 'serve' for another kind. Refused calls were never sent: they are the policy's doing.
SELECT
    policy, policy_revision, is_simulated, model_id, metric, calls, of_calls,
    round(share, 5) AS share, round(low, 5) AS low, round(high, 5) AS high
FROM call_shares('serve')
WHERE calls > 0
ORDER BY is_simulated, metric, share DESC, policy, model_id
LIMIT 100
