-- What: Oracle, best single model, cheapest model and random over the outcome bank, now and at the asked
-- prices.
-- Grain: baseline, is_simulated.
-- Trap: Over problems with a judged answer; total and mean cost only of known costs, and costed tells
-- how many those are. Cells of models that the asked list lacks, and cells without tokens, keep what they
-- cost. Best and cheapest are sought among models that cover nine tenths of what the widest model does.
-- The best single model can change only where several are equally good.
WITH cells AS (
    SELECT
        c.problem_id, c.model_id, c.is_simulated, c.score, c.solved,
        unnest([
            {'moment': 'now', 'cost_usd': c.cost_usd,
            'price': b.output_per_million},
            {'moment': 'asked', 'cost_usd': asked_cost(
                c.token_samples, c.input_tokens, c.cached_input_tokens, c.output_tokens, c.cost_usd, w
            ), 'price': coalesce(w.output_per_million, b.output_per_million)}
        ], recursive := true)
    FROM outcome_cells AS c
    LEFT JOIN base_price AS b USING (model_id)
    LEFT JOIN whatif_prices AS w USING (model_id)
    WHERE c.score IS NOT NULL
),

oracles AS (
    SELECT
        problem_id, is_simulated, moment,
        arg_min(
            {'model_id': model_id, 'score': score, 'solved': solved, 'cost_usd': cost_usd},
            (-score, cost_usd IS NULL, coalesce(cost_usd, 0), coalesce(price, 0), model_id)
        ) AS pick,
        avg(score) AS mean_score, avg(solved) AS mean_solved,
        if(count(cost_usd) = count(*), avg(cost_usd), NULL) AS mean_cost_usd
    FROM cells
    GROUP BY problem_id, is_simulated, moment
),

singles AS (
    SELECT
        model_id, is_simulated, moment,
        any_value(price) AS price,
        avg(score) AS accuracy, avg(solved) AS solved,
        sum(cost_usd)::DECIMAL(18, 9) AS total_usd,
        count(*) AS problems, count(cost_usd) AS costed,
        avg(cost_usd) AS mean_usd
    FROM cells
    GROUP BY model_id, is_simulated, moment
),

eligible AS (
    SELECT * FROM (
        SELECT *, max(problems) OVER (PARTITION BY is_simulated, moment) AS most FROM singles
    )
    WHERE problems >= 0.9 * most
),

figures AS (
    SELECT
        'oracle' AS baseline, is_simulated, moment, NULL AS model_id,
        avg(pick.score) AS accuracy, avg(pick.solved) AS solved,
        sum(pick.cost_usd)::DECIMAL(18, 9) AS total_usd,
        count(*) AS problems, count(pick.cost_usd) AS costed
    FROM oracles
    GROUP BY is_simulated, moment
    UNION ALL BY NAME
    SELECT
        'random' AS baseline, is_simulated, moment,
        avg(mean_score) AS accuracy, avg(mean_solved) AS solved,
        sum(mean_cost_usd)::DECIMAL(18, 9) AS total_usd,
        count(*) AS problems, count(mean_cost_usd) AS costed
    FROM oracles
    GROUP BY is_simulated, moment
    UNION ALL BY NAME
    SELECT 'best_single' AS baseline, * EXCLUDE (price, mean_usd, most)
    FROM eligible
    QUALIFY row_number() OVER (
        PARTITION BY is_simulated, moment
        ORDER BY accuracy DESC, mean_usd NULLS LAST, price NULLS LAST, model_id
    ) = 1
    UNION ALL BY NAME
    SELECT 'cheapest' AS baseline, * EXCLUDE (price, mean_usd, most)
    FROM eligible
    WHERE coalesce(mean_usd, price) IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY is_simulated, moment
        ORDER BY mean_usd NULLS LAST, price NULLS LAST, model_id
    ) = 1
)

SELECT
    n.baseline, n.is_simulated, n.problems, n.costed,
    n.model_id, a.model_id AS asked_model_id,
    n.accuracy, a.accuracy AS asked_accuracy,
    n.solved, a.solved AS asked_solved,
    n.total_usd, a.total_usd AS asked_total_usd,
    (n.total_usd / nullif(n.costed, 0))::DECIMAL(18, 9) AS mean_usd,
    (a.total_usd / nullif(a.costed, 0))::DECIMAL(18, 9) AS asked_mean_usd
FROM figures AS n
JOIN figures AS a
    ON a.baseline = n.baseline AND a.is_simulated = n.is_simulated AND a.moment = 'asked'
WHERE n.moment = 'now'
ORDER BY n.is_simulated, list_position(['oracle', 'best_single', 'cheapest', 'random'], n.baseline)
