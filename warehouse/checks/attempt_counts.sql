-- What: n and k of a pass rate over attempts are not what the graded attempts count.
-- Trap: Pooled and published rates are left out: their attempts stand under other references, or nowhere.
SELECT
    r.build_id, r.problem_id || ' ' || r.reference AS key,
    'n ' || r.n || ', k ' || r.k || '; attempts: ' || coalesce(a.graded, 0) || ', ' || coalesce(a.correct, 0)
        AS detail
FROM pass_rates AS r
LEFT JOIN (
    SELECT
        build_id, problem_id, reference,
        count(*) FILTER (WHERE verdict <> 'ungraded') AS graded,
        count(*) FILTER (WHERE verdict = 'correct') AS correct
    FROM attempts
    GROUP BY ALL
) AS a ON a.build_id = r.build_id AND a.problem_id = r.problem_id AND a.reference = r.reference
WHERE r.method <> 'published'
    AND NOT r.pooled
    AND (r.n <> coalesce(a.graded, 0) OR r.k <> coalesce(a.correct, 0))
