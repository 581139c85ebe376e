-- What: Something simulated does not say so: a rate over simulated attempts under another method, or a
-- build with simulated rates whose manifest names nothing simulated.
SELECT DISTINCT r.build_id, r.problem_id || ' ' || r.reference AS key, 'method ' || r.method AS detail
FROM pass_rates AS r
JOIN attempts AS a
    ON a.build_id = r.build_id AND a.problem_id = r.problem_id AND a.reference = r.reference
WHERE (a.engine = 'simulated') AND r.method <> 'simulated'
UNION ALL
SELECT build_id, 'manifest', 'simulated is empty'
FROM builds
WHERE coalesce(json_array_length(manifest, '$.simulated'), 0) = 0
    AND build_id IN (SELECT build_id FROM pass_rates WHERE method = 'simulated')
