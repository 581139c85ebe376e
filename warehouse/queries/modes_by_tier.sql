-- What: How a policy answers problems of each tier: itself, by one model's reply, or by a synthesis;
-- and how often that is right.
-- Grain: one row per kind, policy, tier, mode and simulated or not.
-- Trap: tier is that of the problem, NULL where it is not known. accuracy is over graded episodes, and
-- NULL where there is none.
SELECT
    kind, policy, tier, mode, is_simulated,
    sum(episodes)::BIGINT AS episodes,
    round(sum(episodes) / sum(sum(episodes)) OVER (PARTITION BY kind, policy, tier, is_simulated), 4)
        AS share,
    round(sum(correct) / nullif(sum(judged), 0), 4) AS accuracy,
    round((sum(total_cost_usd) / sum(episodes))::DOUBLE, 9) AS usd_per_episode
FROM episode_sums
GROUP BY kind, policy, tier, mode, is_simulated
ORDER BY kind, policy, is_simulated, tier NULLS LAST, share DESC, mode
