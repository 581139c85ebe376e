-- What: How much of the outcome bank is there: answers of each model on each set, judged ones, those of
-- which the cost is known, and on what the cost rests.
-- Grain: one row per data source, model and simulated or not.
-- Trap: coverage is of the problems that any model answered. A missing cell is not a wrong answer.
WITH sizes AS (
    SELECT data_source, count(DISTINCT problem_id) AS problems FROM outcome_cells GROUP BY data_source
)

SELECT
    c.data_source, c.model_id, c.is_simulated,
    count(*) AS cells,
    round(count(*) / any_value(s.problems), 4) AS coverage,
    count(c.score) AS judged,
    count(*) FILTER (WHERE c.cost_basis = 'tokens') AS cost_of_tokens,
    count(*) FILTER (WHERE c.cost_basis = 'recorded') AS cost_as_recorded,
    count(*) FILTER (WHERE c.cost_basis IS NULL) AS cost_unknown
FROM outcome_cells AS c
JOIN sizes AS s USING (data_source)
GROUP BY c.data_source, c.model_id, c.is_simulated
ORDER BY c.data_source, c.model_id, c.is_simulated
