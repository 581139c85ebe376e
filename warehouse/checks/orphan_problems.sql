-- What: A row names a problem that its build does not have.
SELECT build_id, problem_id AS key, 'worked_solutions' AS detail FROM worked_solutions
ANTI JOIN problems USING (build_id, problem_id)
UNION ALL
SELECT build_id, problem_id AS key, 'attempts' AS detail FROM attempts
ANTI JOIN problems USING (build_id, problem_id)
UNION ALL
SELECT build_id, problem_id AS key, 'pass_rates' AS detail FROM pass_rates
ANTI JOIN problems USING (build_id, problem_id)
UNION ALL
SELECT build_id, problem_id AS key, 'disagreements' AS detail FROM disagreements
ANTI JOIN problems USING (build_id, problem_id)
UNION ALL
SELECT build_id, problem_id AS key, 'examples' AS detail FROM examples
ANTI JOIN problems USING (build_id, problem_id)
