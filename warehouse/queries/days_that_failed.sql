-- What: Days on which far more episodes failed than the policy's usual share.
-- Grain: one row per day, kind, policy and simulated or not; at most 50, the worst first.
-- Trap: Far more is over three standard errors of the day's own number of episodes, at least 20 of
-- them; the usual share is that of all days, the day itself included.
WITH days AS (
    SELECT
        day, kind, policy, is_simulated,
        sum(episodes) AS episodes, sum(failed) AS failed,
        sum(sum(failed)) OVER every / sum(sum(episodes)) OVER every AS usual
    FROM cost_by_day
    GROUP BY day, kind, policy, is_simulated
    WINDOW every AS (PARTITION BY kind, policy, is_simulated)
)

SELECT
    day, kind, policy, is_simulated, episodes::BIGINT AS episodes, failed::BIGINT AS failed,
    round(failed / episodes, 4) AS failed_share, round(usual, 4) AS usual_share
FROM days
WHERE episodes >= 20 AND failed / episodes > usual + 3 * sqrt(usual * (1 - usual) / episodes)
ORDER BY failed_share - usual_share DESC, day, kind, policy, is_simulated
LIMIT 50
