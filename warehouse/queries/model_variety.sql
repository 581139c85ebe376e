-- What: Whether policies really route: how many models they in effect use, by the entropy of their calls.
-- Grain: one row per policy, revision and simulated or not.
-- Trap: Change 'evaluate' for another kind. 1 effective model is a policy that always calls the same.
SELECT
    policy, policy_revision, is_simulated, calls, models,
    round(effective_models, 2) AS effective_models, round(bits, 4) AS bits, round(low, 4) AS low,
    round(high, 4) AS high, round(evenness, 4) AS evenness
FROM routing_entropy('evaluate')
ORDER BY is_simulated, effective_models DESC, policy, policy_revision
