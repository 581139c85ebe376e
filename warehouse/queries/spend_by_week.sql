-- What: What each policy cost, week by week.
-- Grain: one row per week, kind, policy and simulated or not.
-- Trap: Weeks begin on Monday, in UTC; the first and the last may be parts of one: days says how many
-- of their days had any episode.
SELECT
    date_trunc('week', day)::DATE AS week, kind, policy, is_simulated,
    count(DISTINCT day) AS days,
    sum(episodes)::BIGINT AS episodes,
    sum(total_cost_usd)::DECIMAL(18, 9) AS usd,
    round((sum(total_cost_usd) / sum(episodes))::DOUBLE, 9) AS usd_per_episode
FROM cost_by_day
GROUP BY ALL
ORDER BY week DESC, usd DESC, kind, policy, is_simulated
