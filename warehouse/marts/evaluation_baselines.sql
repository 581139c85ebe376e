-- What: What a router has to beat on each suite: the oracle, the best single model, the cheapest one and
-- any model at random, over the items that runs asked; and every single model.
-- Grain: suite, suite_revision, is_simulated, baseline, model_id; model_id tells single rows apart.
-- Source: RouterBench (arXiv 2403.12031) and LLMRouterBench (arXiv 2601.07206), as baselines; cost
-- utility as its macro.
-- Trap: source says where it is from: bank, run (evaluated under that policy) or unknown, with the
-- reason in note. value is in the metric's scale, over problems of items: of fewer problems compare by
-- evaluation_headroom, which takes the same ones for all. best_single is chosen in hindsight, among
-- models that cover nine tenths of the problems of the one that covers most; cheapest is the least mean
-- cost among them. Every item counts once, whatever its repetitions.
-- Needs: evaluation_choices, cost_utility
CREATE OR REPLACE VIEW evaluation_baselines AS
WITH suites AS (
    SELECT
        suite, suite_revision, is_simulated,
        any_value(metric) AS metric, any_value(metric_scale) AS metric_scale,
        count(DISTINCT problem_id) AS items
    FROM evaluation_items
    GROUP BY suite, suite_revision, is_simulated
),

figures AS (
    SELECT
        suite, suite_revision, is_simulated, choice, model_id, source,
        any_value(run_id) AS run_id,
        count(*) AS problems,
        avg(points) AS accuracy,
        avg(cost_usd) AS mean_cost_usd
    FROM evaluation_choices
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
