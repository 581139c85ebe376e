-- What: Which models each evaluated policy calls, with 95 % intervals.
-- Grain: one row per policy, revision, model and simulated or not.
-- Trap: Change 'evaluate' for another kind. Shares of calls made, not of money.
SELECT
    policy, policy_revision, is_simulated, model_id, calls, round(share, 4) AS share,
    round(low, 4) AS low, round(high, 4) AS high, cost_usd
FROM routing_mix('evaluate')
ORDER BY is_simulated, policy, policy_revision, calls DESC, model_id
