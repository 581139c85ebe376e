-- What: What each policy reached on each evaluation suite, with its 95 % interval, and what it cost.
-- Grain: one row per run.
-- Trap: value is in the suite's own scale. Compare runs over one suite revision and the same number of
-- problems, and never simulated with recorded ones; baselines that were not run are in
-- suite_baselines.
SELECT
    suite, suite_revision, is_simulated, policy, policy_revision, pool, problems, graded, ungraded,
    failed,
    round(value, 4) AS value, round(value_low, 4) AS low, round(value_high, 4) AS high,
    round(cost_usd, 9) AS usd_per_query, total_cost_usd, round(cost_utility, 3) AS cost_utility,
    stopped
FROM evaluation_results
ORDER BY suite, suite_revision, is_simulated, value DESC NULLS LAST, policy, run_id
