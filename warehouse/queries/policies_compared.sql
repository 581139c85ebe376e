-- What: Policies side by side on known problems: accuracy, cost per episode and per correct answer.
-- Grain: one row per kind, policy, revision and simulated or not.
-- Trap: Policies are comparable only where they saw the same problems and the same menus.
SELECT
    kind, policy, policy_revision, is_simulated,
    sum(judged)::BIGINT AS judged,
    round(sum(correct) / sum(judged), 4) AS accuracy,
    round((sum(total_cost_usd) / sum(judged))::DOUBLE, 9) AS usd_per_episode,
    round((sum(total_cost_usd) / nullif(sum(correct), 0))::DOUBLE, 9) AS usd_per_correct
FROM judged_by_day
GROUP BY ALL
ORDER BY usd_per_correct NULLS LAST, policy, policy_revision, kind, is_simulated
