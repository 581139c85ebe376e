-- What: A problem stands in more than one split: what is tested was trained on.
SELECT build_id, problem_id AS key, string_agg(DISTINCT split, ', ' ORDER BY split) AS detail
FROM examples
GROUP BY build_id, problem_id
HAVING count(DISTINCT split) > 1
