-- What: What a router between the two best models of each set could gain: how often only one of them is
-- right, and how often either is.
-- Grain: one row per data source and simulated or not.
-- Trap: The model with most solved problems of the bank is taken, and the one with most of those very
-- problems after it: put two names of your own in the place of the subqueries,
-- model_overlap('strong', 'weak').
WITH best AS (
    SELECT model_id
    FROM outcome_cells
    WHERE NOT is_simulated
    GROUP BY model_id
    ORDER BY sum(solved) DESC NULLS LAST, model_id
    LIMIT 1
),

second AS (
    SELECT model_id
    FROM outcome_cells
    WHERE NOT is_simulated AND model_id NOT IN (FROM best) AND problem_id IN (
        SELECT problem_id FROM outcome_cells WHERE model_id IN (FROM best) AND solved IS NOT NULL
    )
    GROUP BY model_id
    ORDER BY sum(solved) DESC NULLS LAST, model_id
    LIMIT 1
)

SELECT
    (FROM best) AS strong,
    (FROM second) AS weak,
    data_source, is_simulated, problems, round(strong_right, 4) AS strong_right,
    round(weak_right, 4) AS weak_right, round(either_right, 4) AS either_right,
    round(only_strong_right, 4) AS only_strong_right,
    round(only_weak_right, 4) AS only_weak_right
FROM model_overlap((FROM best), (FROM second))
ORDER BY data_source, is_simulated
