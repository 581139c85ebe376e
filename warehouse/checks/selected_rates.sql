-- What: A problem has rates but not exactly one that decides its tier.
SELECT build_id, problem_id AS key, count(*) FILTER (WHERE selected) || ' rates selected' AS detail
FROM pass_rates
GROUP BY build_id, problem_id
HAVING count(*) FILTER (WHERE selected) <> 1
