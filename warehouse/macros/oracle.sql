-- What: The oracle of every problem of the outcome bank among given models, or all: best score, then
-- cheapest, at the prices that hold last.
-- Grain: problem_id, is_simulated.
-- Source: RouterBench (arXiv 2403.12031), section 3.
-- Trap: oracle(models := ['a', 'b']). Models without a judged answer to a problem cannot be its oracle;
-- a problem none of them answered has no row. Of unknown costs the lower answer price wins.
-- Needs: outcome_cells, base_price
CREATE OR REPLACE MACRO oracle(models := NULL) AS TABLE
SELECT problem_id, data_source, is_simulated, unnest(pick), candidates
FROM (
    SELECT
        c.problem_id, c.is_simulated,
        min(c.data_source) AS data_source,
        arg_min(
            {'model_id': c.model_id, 'score': c.score, 'solved': c.solved, 'cost_usd': c.cost_usd},
            (
                -c.score, c.cost_usd IS NULL, coalesce(c.cost_usd, 0),
                coalesce(b.output_per_million, 0), c.model_id
            )
        ) AS pick,
        count(*) AS candidates
    FROM outcome_cells AS c
    LEFT JOIN base_price AS b USING (model_id)
    WHERE c.score IS NOT NULL AND (models IS NULL OR list_contains(models, c.model_id))
    GROUP BY c.problem_id, c.is_simulated
)
