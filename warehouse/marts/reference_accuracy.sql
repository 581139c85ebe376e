-- What: Each reference over all its attempts: accuracy by our grading, and the mix of verdicts.
-- Grain: build_id, reference, engine.
-- Trap: ungraded attempts (a fault of ours) are in attempts but not in graded, so never count as
-- wrong. Published rates have no attempts and are not here. Where sampling stops early, hard problems
-- have more attempts than easy ones: then accuracy is the mean of the problems' posterior means.
CREATE OR REPLACE VIEW reference_accuracy AS
SELECT
    a.build_id, a.reference, a.engine,
    a.engine = 'simulated' AS is_simulated,
    count(*) AS attempts,
    count(DISTINCT a.problem_id) AS problems,
    count(*) FILTER (WHERE a.verdict <> 'ungraded') AS graded,
    count(*) FILTER (WHERE a.verdict = 'correct') AS correct,
    count(*) FILTER (WHERE a.verdict = 'wrong') AS wrong,
    count(*) FILTER (WHERE a.verdict = 'parse_failure') AS parse_failure,
    count(*) FILTER (WHERE a.verdict = 'truncated') AS truncated,
    count(*) FILTER (WHERE a.verdict = 'ungraded') AS ungraded,
    coalesce(any_value(r.mean_rate), correct / nullif(graded, 0)) AS accuracy,
    any_value(coalesce(d.disagreements, 0)) AS disagreements,
    sum(a.completion_tokens)::BIGINT AS completion_tokens,
    sum(a.cost_usd)::DECIMAL(18, 9) AS cost_usd
FROM attempts AS a
LEFT JOIN (
    SELECT build_id, reference, count(*) AS disagreements FROM disagreements GROUP BY ALL
) AS d ON d.build_id = a.build_id AND d.reference = a.reference
LEFT JOIN (
    SELECT build_id, reference, avg(pass_rate) AS mean_rate
    FROM pass_rates
    WHERE estimator = 'posterior_mean'
    GROUP BY ALL
) AS r ON r.build_id = a.build_id AND r.reference = a.reference
GROUP BY a.build_id, a.reference, a.engine
