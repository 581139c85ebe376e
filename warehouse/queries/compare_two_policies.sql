-- What: Two policies on the problems that both were asked: difference in score, cost and reward with a
-- 95 % interval, wins, losses and the p-value of the sign test.
-- Grain: one row per metric and simulated or not.
-- Trap: The two most played policies of kind evaluate are taken: put two names of your own in the place
-- of the subqueries, compare_policies('a', 'b'); 'oracle', 'random' or 'single' (with revision_b := a
-- model) stand for the bank's. difference is the first less the second.
WITH played AS (
    SELECT policy, row_number() OVER (ORDER BY sum(episodes) DESC, policy) AS place
    FROM episode_sums
    WHERE kind = 'evaluate' AND has_problem
    GROUP BY policy
)

SELECT
    (SELECT policy FROM played WHERE place = 1) AS a,
    (SELECT policy FROM played WHERE place = 2) AS b,
    metric, is_simulated, problems, round(mean_a, 6) AS mean_a, round(mean_b, 6) AS mean_b,
    round(difference, 6) AS difference, round(low, 6) AS low, round(high, 6) AS high,
    wins, losses, round(p_value, 6) AS p_value
FROM compare_policies(
    (SELECT policy FROM played WHERE place = 1), (SELECT policy FROM played WHERE place = 2)
)
ORDER BY is_simulated, metric
