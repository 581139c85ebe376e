-- What: How much of the way from the best single model to the oracle each run of an evaluation goes,
-- over the same items for all three; and the alarm: whether it is above the measured oracle, which
-- says that answers leaked, that something is counted wrong, or that the router knows more than its
-- models.
-- Grain: run_id.
-- Source: headroom_captured; sign_test over items that are above or below the oracle.
-- Trap: Only items that both the oracle and the best single model have (problems of items). Values are in
-- the metric's scale and weigh an item by its graded repetitions, within its part where the metric is
-- by_part. A replay of single recorded answers
-- cannot be above their oracle, so that any excess is an alarm; answers that were asked for anew (another
-- pool, or several samples) differ by chance, and there it takes p_value < 0.01. own_above counts items
-- above where an answer was the router's own or a synthesis: those may be honest. Without any oracle
-- there is no row.
-- Needs: evaluation_choices, evaluation_items, by_part, headroom_captured, sign_test
CREATE OR REPLACE VIEW evaluation_headroom AS
WITH choices AS (
    FROM evaluation_choices WHERE choice IN ('oracle', 'single')
),

items AS (
    SELECT
        i.* REPLACE (if(by_part(i.metric), i.part, '') AS part),
        split_part(if(by_part(i.metric), i.part, ''), '/', 1) AS category,
        o.source, o.samples, o.points AS oracle_points, i.points / i.graded - o.points AS gap
    FROM evaluation_items AS i
    JOIN choices AS o USING (suite, suite_revision, is_simulated, problem_id)
    WHERE o.choice = 'oracle' AND i.graded > 0
),

singles AS (
    SELECT i.run_id, i.category, i.part, i.problem_id, i.graded, s.model_id, s.points
    FROM items AS i
    JOIN choices AS s USING (suite, suite_revision, is_simulated, problem_id)
    WHERE s.choice = 'single'
),

best AS (
    SELECT run_id, model_id
    FROM (
        SELECT *, max(problems) OVER (PARTITION BY run_id) AS most
        FROM (
            SELECT run_id, model_id, sum(problems) AS problems, avg(accuracy) AS accuracy
            FROM (
                SELECT
                    run_id, model_id, category, sum(problems) AS problems,
                    avg(accuracy) AS accuracy
                FROM (
                    SELECT
                        run_id, model_id, category, part, count(*) AS problems,
                        sum(points * graded) / sum(graded) AS accuracy
                    FROM singles
                    GROUP BY run_id, model_id, category, part
                )
                GROUP BY run_id, model_id, category
            )
            GROUP BY run_id, model_id
        )
    )
    WHERE problems >= 0.9 * most
    QUALIFY row_number() OVER (PARTITION BY run_id ORDER BY accuracy DESC, model_id) = 1
),

played AS (
    SELECT i.*, b.model_id AS best_single_model, s.points AS single_points
    FROM items AS i
    LEFT JOIN best AS b ON b.run_id = i.run_id
    LEFT JOIN singles AS s
        ON s.run_id = i.run_id AND s.problem_id = i.problem_id AND s.model_id = b.model_id
    WHERE s.points IS NOT NULL OR b.run_id IS NULL
),

averages AS (
    SELECT
        run_id, avg(router) AS router, avg(single) AS single, avg(oracle) AS oracle
    FROM (
        SELECT
            run_id, category, avg(router) AS router, avg(single) AS single, avg(oracle) AS oracle
        FROM (
            SELECT
                run_id, category, part,
                sum(points) / sum(graded) AS router,
                sum(single_points * graded) / sum(graded) AS single,
                sum(oracle_points * graded) / sum(graded) AS oracle
            FROM played
            GROUP BY run_id, category, part
        )
        GROUP BY run_id, category
    )
    GROUP BY run_id
),

counts AS (
    SELECT
        run_id, suite, suite_revision, policy, pool, is_simulated, metric, metric_scale, source,
        best_single_model,
        count(*) AS problems,
        count(*) FILTER (WHERE gap > 1e-9) AS items_above,
        count(*) FILTER (WHERE gap < -1e-9) AS items_below,
        count(*) FILTER (WHERE gap > 1e-9 AND direct + synthesize > 0) AS own_above,
        source = 'bank' AND pool = 'bank' AND max(samples) = 1 AS is_replay
    FROM played
    GROUP BY
        run_id, suite, suite_revision, policy, pool, is_simulated, metric, metric_scale, source,
        best_single_model
),

summed AS (
    SELECT c.*, a.router, a.single, a.oracle
    FROM counts AS c
    JOIN averages AS a USING (run_id)
)

SELECT
    run_id, suite, suite_revision, policy, pool, is_simulated, metric, metric_scale,
    source AS oracle_source, best_single_model, problems,
    router * metric_scale AS value,
    single * metric_scale AS best_single,
    oracle * metric_scale AS oracle,
    headroom_captured(router, single, oracle) AS captured,
    items_above, items_below, own_above, is_replay,
    sign_test(items_above, items_below) AS p_value,
    router > oracle + 1e-9
        AND (is_replay OR sign_test(items_above, items_below) < 0.01) AS above_oracle
FROM summed
