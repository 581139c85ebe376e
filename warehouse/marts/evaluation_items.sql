-- What: What each run of an evaluation came to on each item of its suite, over all repetitions.
-- Grain: run_id, problem_id.
-- Trap: Figures are sums over episodes. points are what the suite's metric counts, before its scale:
-- see metric_points; an episode that failed has none. graded leaves out episodes that are ungraded (a
-- fault of ours) or that nothing judged, while costs are of all. is_simulated is the run's. Turns of
-- one conversation are items of their own, alike in drawn_as; part as in suite_parts.
-- Needs: metric_points, suite_parts
CREATE OR REPLACE VIEW evaluation_items AS
SELECT
    v.run_id, v.suite, v.suite_revision, v.policy, v.pool, v.simulated AS is_simulated, v.metric,
    v.metric_scale,
    e.problem_id,
    coalesce(p.part, '') AS part,
    coalesce(p.drawn_as, e.problem_id) AS drawn_as,
    count(*) AS episodes,
    count(*) FILTER (WHERE e.is_graded) AS graded,
    coalesce(sum(metric_points(v.metric, e.score, e.solved)) FILTER (WHERE e.is_graded), 0) AS points,
    coalesce(sum(e.score) FILTER (WHERE e.is_graded), 0)::DOUBLE AS score,
    coalesce(sum(e.solved) FILTER (WHERE e.is_graded), 0)::DOUBLE AS solved,
    sum(e.total_cost_usd)::DECIMAL(18, 9) AS cost_usd,
    count(*) FILTER (WHERE e.mode = 'failed') AS failed,
    count(*) FILTER (WHERE e.mode = 'direct') AS direct,
    count(*) FILTER (WHERE e.mode = 'synthesize') AS synthesize,
    count(*) FILTER (WHERE e.mode = 'select') AS selected
FROM evaluations AS v
JOIN (
    SELECT
        run_id, problem_id, mode, total_cost_usd,
        (mode = 'failed' OR verdict IS NOT NULL)
            AND verdict IS DISTINCT FROM 'ungraded' AS is_graded,
        if(mode = 'failed', 0, coalesce(quality, (verdict = 'correct')::INT))::DOUBLE AS score,
        (mode <> 'failed' AND verdict IS NOT DISTINCT FROM 'correct')::INT::DOUBLE AS solved
    FROM episodes
    WHERE kind = 'evaluate' AND problem_id IS NOT NULL
) AS e ON e.run_id = v.run_id
LEFT JOIN suite_parts AS p
    ON p.suite = v.suite AND p.suite_revision = v.suite_revision AND p.problem_id = e.problem_id
GROUP BY
    v.run_id, v.suite, v.suite_revision, v.policy, v.pool, v.simulated, v.metric, v.metric_scale,
    e.problem_id, p.part, p.drawn_as
