-- What: What each run of an evaluation reaches on each part of its suite, with 95 % intervals: turns of
-- MT-Bench, categories and tasks of LiveBench, prompts of IFEval by the number of their instructions;
-- and on IFEval's instructions, all prompts pooled.
-- Grain: run_id, part.
-- Source: as evaluation_metrics, of one part; instructions is the share of instructions that are followed
-- strictly (IFEval, arXiv 2311.07911), resampled by prompts.
-- Trap: part_metrics(replicates := 200, seed := 0); evaluation_parts has it with 1,000. A category is the
-- mean of its tasks. problems are those of the part with a graded answer. A reply whose recorded score
-- is not the share of instructions that it follows makes instructions wrong: a bank's may be. IFEval's
-- loose accuracies are in run.json beside the run.
-- Needs: evaluation_items, instructions_in, resampling_unit, bootstrap_weights, bound
CREATE OR REPLACE MACRO part_metrics(replicates := 200, seed := 0) AS TABLE
WITH units AS (
    SELECT
        run_id, metric, metric_scale, resampling_unit(drawn_as) AS unit,
        split_part(part, '/', 1) AS category, part,
        count(*) AS problems,
        sum(points)::DOUBLE AS points, sum(graded)::DOUBLE AS weight
    FROM evaluation_items
    WHERE part <> '' AND graded > 0
    GROUP BY ALL
    UNION ALL
    SELECT
        run_id, metric, metric_scale, resampling_unit(drawn_as), '', 'instructions', count(*),
        sum(score * instructions_in(part)), sum(graded * instructions_in(part))
    FROM evaluation_items
    WHERE instructions_in(part) IS NOT NULL AND graded > 0
    GROUP BY ALL
),

tasks AS (
    SELECT
        u.run_id, u.metric, u.metric_scale, w.replicate, u.category, u.part,
        sum(u.problems) AS problems,
        sum(w.weight * u.points) / sum(w.weight * u.weight) AS value
    FROM units AS u
    JOIN bootstrap_weights(replicates, seed) AS w USING (unit)
    GROUP BY ALL
),

parts AS (
    SELECT * EXCLUDE (category) FROM tasks
    UNION ALL
    SELECT
        run_id, metric, metric_scale, replicate, category AS part, sum(problems) AS problems,
        avg(value) AS value
    FROM tasks
    WHERE part LIKE '%/%'
    GROUP BY run_id, metric, metric_scale, replicate, category
)

SELECT
    v.run_id, v.suite, v.suite_revision, v.policy, v.policy_revision, v.pool,
    v.simulated AS is_simulated, p.part, p.metric, p.metric_scale,
    max(p.problems) FILTER (WHERE p.replicate = 0)::BIGINT AS problems,
    max(p.value) FILTER (WHERE p.replicate = 0) * p.metric_scale AS value,
    bound(p.value, p.replicate, 0.025) * p.metric_scale AS value_low,
    bound(p.value, p.replicate, 0.975) * p.metric_scale AS value_high
FROM parts AS p
JOIN evaluations AS v USING (run_id)
GROUP BY
    v.run_id, v.suite, v.suite_revision, v.policy, v.policy_revision, v.pool, v.simulated, p.part,
    p.metric, p.metric_scale
