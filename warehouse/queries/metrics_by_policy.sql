-- What: All metrics of evaluated policies next to the oracle and random, with 95 % intervals.
-- Grain: one row per policy or choice, metric and simulated or not.
-- Trap: Change 'evaluate' for another kind. To say that one is better take compare_two_policies.
SELECT
    contender, revision, is_simulated, metric, value, low, high, problems, episodes
FROM routing_metrics('evaluate')
WHERE NOT is_baseline OR contender IN ('oracle', 'random')
ORDER BY is_simulated, metric, value DESC, contender, revision
