-- What: What a router has to beat on each suite: the oracle, the best single model, the cheapest one and
-- any model at random, over the items that runs asked; and every single model.
-- Grain: suite, suite_revision, is_simulated, baseline, model_id; model_id tells single rows apart.
-- Source: RouterBench (arXiv 2403.12031) and LLMRouterBench (arXiv 2601.07206), as baselines; cost
-- utility as its macro.
-- Trap: source says where it is from: bank, run (evaluated under that policy) or unknown, with the
-- reason in note. value is in the metric's scale, over problems of items: of fewer problems compare by
-- evaluation_headroom, which takes the same ones for all. best_single is chosen in hindsight, among
-- models that cover nine tenths of the problems of the one that covers most; cheapest is the least mean
-- cost among them. Every item counts once, whatever its repetitions, and every part of a suite where
-- its metric is by_part.
-- Needs: evaluation_choices, suite_parts, by_part, cost_utility
CREATE OR REPLACE VIEW evaluation_baselines AS
WITH suites AS (
    SELECT
        suite, suite_revision, is_simulated,
        any_value(metric) AS metric, any_value(metric_scale) AS metric_scale,
        count(DISTINCT problem_id) AS items
    FROM evaluation_items
    GROUP BY suite, suite_revision, is_simulated
),

parted AS (
    SELECT
        c.suite, c.suite_revision, c.is_simulated, c.choice, c.model_id, c.source, c.run_id,
        c.points, c.cost_usd,
        if(by_part(s.metric), coalesce(p.part, ''), '') AS part
    FROM evaluation_choices AS c
    JOIN suites AS s
        ON s.suite = c.suite AND s.suite_revision = c.suite_revision
        AND s.is_simulated = c.is_simulated
    LEFT JOIN suite_parts AS p
        ON p.suite = c.suite AND p.suite_revision = c.suite_revision
        AND p.problem_id = c.problem_id
),

parts AS (
    SELECT
        suite, suite_revision, is_simulated, choice, model_id, source,
        split_part(part, '/', 1) AS category, part,
        any_value(run_id) AS run_id, count(*) AS problems, avg(points) AS accuracy,
        sum(cost_usd) AS cost_usd, count(cost_usd) AS costed
    FROM parted
    GROUP BY
        suite, suite_revision, is_simulated, choice, model_id, source, split_part(part, '/', 1), part
),

categories AS (
    SELECT
        suite, suite_revision, is_simulated, choice, model_id, source, category,
        any_value(run_id) AS run_id, sum(problems) AS problems, avg(accuracy) AS accuracy,
        sum(cost_usd) AS cost_usd, sum(costed) AS costed
    FROM parts
    GROUP BY suite, suite_revision, is_simulated, choice, model_id, source, category
),

figures AS (
    SELECT
        suite, suite_revision, is_simulated, choice, model_id, source,
        any_value(run_id) AS run_id,
        sum(problems)::BIGINT AS problems,
        avg(accuracy) AS accuracy,
        sum(cost_usd) / nullif(sum(costed), 0) AS mean_cost_usd
    FROM categories
    GROUP BY suite, suite_revision, is_simulated, choice, model_id, source
),

eligible AS (
    SELECT *
    FROM figures
    WHERE choice = 'single'
    QUALIFY problems >= 0.9 * max(problems) OVER (PARTITION BY suite, suite_revision, is_simulated)
),

found AS (
    SELECT choice AS baseline, * EXCLUDE (choice) FROM figures
    UNION ALL
    SELECT 'best_single' AS baseline, * EXCLUDE (choice) FROM eligible
    QUALIFY row_number() OVER (
        PARTITION BY suite, suite_revision, is_simulated
        ORDER BY accuracy DESC, mean_cost_usd NULLS LAST, model_id
    ) = 1
    UNION ALL
    SELECT 'cheapest' AS baseline, * EXCLUDE (choice) FROM eligible
    WHERE mean_cost_usd IS NOT NULL AND source = 'bank'
    QUALIFY row_number() OVER (
        PARTITION BY suite, suite_revision, is_simulated ORDER BY mean_cost_usd, model_id
    ) = 1
),

wanted AS (
    SELECT s.*, b.baseline
    FROM suites AS s, (VALUES ('oracle'), ('best_single'), ('cheapest'), ('random')) AS b(baseline)
)

SELECT
    s.suite, s.suite_revision, s.is_simulated, f.baseline, f.model_id, f.source, f.run_id,
    s.metric, s.metric_scale, f.problems, s.items,
    f.accuracy * s.metric_scale AS value,
    f.mean_cost_usd,
    cost_utility(f.accuracy, f.mean_cost_usd) AS cost_utility,
    NULL AS note
FROM found AS f
JOIN suites AS s USING (suite, suite_revision, is_simulated)
UNION ALL BY NAME
SELECT
    w.suite, w.suite_revision, w.is_simulated, w.baseline, 'unknown' AS source, w.metric,
    w.metric_scale, 0 AS problems, w.items,
    'no judged outcomes of these items in the bank, and no evaluated run of '
    || CASE w.baseline
        WHEN 'best_single' THEN 'best-single or always:MODEL'
        ELSE w.baseline
    END AS note
FROM wanted AS w
ANTI JOIN found AS f
    ON f.suite = w.suite AND f.suite_revision = w.suite_revision
    AND f.is_simulated = w.is_simulated AND f.baseline = w.baseline
