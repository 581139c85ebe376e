-- What: Problems whose tier a few more answers could change, the widest interval first.
-- Grain: one row per build and problem.
-- Trap: Rates of unknown n have no interval and are not here.
SELECT
    r.build_id, r.problem_id, p.domain, r.reference, r.method, r.n, r.k, r.tier,
    round(r.low, 3) AS low, round(r.high, 3) AS high
FROM pass_rates AS r
JOIN problems AS p USING (build_id, problem_id)
WHERE r.selected AND NOT r.settled AND r.n > 0
ORDER BY r.high - r.low DESC, r.problem_id
LIMIT 50
