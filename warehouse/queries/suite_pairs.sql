-- What: Every router against everything else that ran on the same suite, paired by item: difference with
-- its 95 % interval, wins, losses and the p-value of the sign test.
-- Grain: one row per pair of runs.
-- Trap: difference is policy less against, in the suite's scale. Of twenty tests one is below 0.05 by
-- chance. Baselines among themselves are left out: drop the condition to have them, too.
SELECT
    suite, suite_revision, is_simulated, policy_a AS policy, policy_b AS against, problems,
    round(difference, 4) AS difference, round(low, 4) AS low, round(high, 4) AS high,
    wins, losses, ties, round(p_value, 6) AS p_value,
    round(cost_difference, 9) AS usd_per_query, round(cost_low, 9) AS usd_low,
    round(cost_high, 9) AS usd_high
FROM evaluation_pairs
WHERE NOT baseline_policy(policy_a)
ORDER BY suite, suite_revision, is_simulated, policy, against, run_a, run_b
