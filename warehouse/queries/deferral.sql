-- What: Deferring to the stronger of two models: APGR and the shares of strong calls that recover 20, 50
-- and 80 percent of the gap, for every policy, known difficulty, chance and the oracle.
-- Grain: one row per ranker and simulated or not.
-- Trap: The model with most solved problems of the bank is the stronger one, the one with fewest of those
-- very problems the weaker: put two names of your own in the place of the subqueries. Rankers over other
-- problems are not comparable.
WITH best AS (
    SELECT model_id
    FROM outcome_cells
    WHERE NOT is_simulated
    GROUP BY model_id
    ORDER BY sum(solved) DESC NULLS LAST, model_id
    LIMIT 1
),

worst AS (
    SELECT model_id
    FROM outcome_cells
    WHERE NOT is_simulated AND problem_id IN (
        SELECT problem_id FROM outcome_cells WHERE model_id IN (FROM best) AND solved IS NOT NULL
    )
    GROUP BY model_id
    ORDER BY sum(solved), model_id
    LIMIT 1
)

SELECT
    a.ranker, a.is_simulated, a.problems, round(a.value, 4) AS apgr, round(a.low, 4) AS low,
    round(a.high, 4) AS high,
    round(any_value(c.value) FILTER (WHERE c.recovered = 0.2), 4) AS cpt_20,
    round(any_value(c.value) FILTER (WHERE c.recovered = 0.5), 4) AS cpt_50,
    round(any_value(c.value) FILTER (WHERE c.recovered = 0.8), 4) AS cpt_80
FROM apgr((FROM best), (FROM worst)) AS a
LEFT JOIN cpt((FROM best), (FROM worst), replicates := 0) AS c
    ON c.ranker = a.ranker AND c.is_simulated = a.is_simulated
GROUP BY ALL
ORDER BY a.is_simulated, apgr DESC NULLS LAST, a.ranker
