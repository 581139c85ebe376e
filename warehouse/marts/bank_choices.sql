-- What: What fixed choices would have come to on each problem of the outcome bank, at the prices that
-- hold last: the oracle (best score, then cheapest), the oracle among models of one tier, any model
-- at random (its expectation), and each single model.
-- Grain: problem_id, choice, model_id or model_tier, is_simulated.
-- Source: RouterBench (arXiv 2403.12031), section 3: the oracle takes the best answer, of several the
-- cheapest. Of equal costs the lower answer price wins, then the smaller model_id.
-- Trap: Only over models with a judged answer to the problem, or where none has one, over all: then
-- scores are NULL and the oracle is the cheapest. oracle_score is the oracle's on the same problem. A choice of stand-ins is a row of its own. solved is the share of full
-- scores; score may lie between. What costs nothing known comes after what costs something known.
-- Needs: outcome_cells, base_price, dim_problem, dim_model
CREATE OR REPLACE VIEW bank_choices AS
WITH cells AS (
    SELECT
        c.problem_id, c.model_id, c.data_source, c.is_simulated, c.score, c.solved, c.cost_usd,
        coalesce(p.tier, 'unknown') AS tier,
        coalesce(m.tier, 'unknown') AS model_tier,
        (
            c.score IS NULL, coalesce(-c.score, 0), c.cost_usd IS NULL, coalesce(c.cost_usd, 0),
            coalesce(b.output_per_million, 0), c.model_id
        ) AS place
    FROM outcome_cells AS c
    LEFT JOIN dim_problem AS p USING (problem_id)
    LEFT JOIN base_price AS b USING (model_id)
    LEFT JOIN (SELECT model_id, max(tier) AS tier FROM dim_model GROUP BY model_id) AS m
        USING (model_id)
    WHERE c.score IS NOT NULL OR NOT EXISTS (
        FROM outcome_cells AS o
        WHERE o.problem_id = c.problem_id AND o.is_simulated = c.is_simulated
            AND o.score IS NOT NULL
    )
),

best AS (
    SELECT
        problem_id, is_simulated,
        if(grouping(model_tier) = 1, 'oracle', 'tier_oracle') AS choice,
        model_tier,
        min(data_source) AS data_source,
        min(tier) AS tier,
        count(*) AS models,
        arg_min(
            {'model_id': model_id, 'score': score, 'solved': solved, 'cost_usd': cost_usd}, place
        ) AS pick,
        avg(score) AS mean_score,
        avg(solved) AS mean_solved,
        if(count(cost_usd) = count(*), avg(cost_usd), NULL)::DECIMAL(18, 9) AS mean_cost_usd
    FROM cells
    GROUP BY GROUPING SETS ((problem_id, is_simulated), (problem_id, is_simulated, model_tier))
)

SELECT
    problem_id, data_source, tier, is_simulated, choice, pick.model_id, model_tier, models,
    pick.score, pick.solved, pick.cost_usd,
    pick.score AS oracle_score, pick.solved AS oracle_solved
FROM best
UNION ALL BY NAME
SELECT
    problem_id, data_source, tier, is_simulated, 'random' AS choice, models,
    mean_score AS score, mean_solved AS solved, mean_cost_usd AS cost_usd,
    pick.score AS oracle_score, pick.solved AS oracle_solved
FROM best
WHERE choice = 'oracle'
UNION ALL BY NAME
SELECT
    c.problem_id, c.data_source, c.tier, c.is_simulated, 'single' AS choice, c.model_id,
    c.model_tier, 1 AS models, c.score, c.solved, c.cost_usd,
    b.pick.score AS oracle_score, b.pick.solved AS oracle_solved
FROM cells AS c
JOIN best AS b
    ON b.problem_id = c.problem_id AND b.is_simulated = c.is_simulated AND b.choice = 'oracle'
