-- What: A key stands in its table twice.
-- Trap: The large tables have no primary key, which would make loading slow; this check stands in.
SELECT build_id, concat_ws(' ', problem_id) AS key, 'problems: ' || count(*) || ' rows' AS detail
FROM problems GROUP BY build_id, problem_id HAVING count(*) > 1
UNION ALL
SELECT build_id, concat_ws(' ', problem_id) AS key, 'worked_solutions: ' || count(*) || ' rows' AS detail
FROM worked_solutions GROUP BY build_id, problem_id HAVING count(*) > 1
UNION ALL
SELECT build_id, concat_ws(' ', problem_id, reference, sample) AS key, 'attempts: ' || count(*) || ' rows' AS detail
FROM attempts GROUP BY build_id, problem_id, reference, sample HAVING count(*) > 1
UNION ALL
SELECT build_id, concat_ws(' ', problem_id, reference) AS key, 'pass_rates: ' || count(*) || ' rows' AS detail
FROM pass_rates GROUP BY build_id, problem_id, reference HAVING count(*) > 1
UNION ALL
SELECT build_id, concat_ws(' ', problem_id, reference, sample) AS key, 'disagreements: ' || count(*) || ' rows' AS detail
FROM disagreements GROUP BY build_id, problem_id, reference, sample HAVING count(*) > 1
UNION ALL
SELECT build_id, concat_ws(' ', model_id) AS key, 'models: ' || count(*) || ' rows' AS detail
FROM models GROUP BY build_id, model_id HAVING count(*) > 1
UNION ALL
SELECT build_id, concat_ws(' ', model_id, effective_at) AS key, 'prices: ' || count(*) || ' rows' AS detail
FROM prices GROUP BY build_id, model_id, effective_at HAVING count(*) > 1
UNION ALL
SELECT build_id, concat_ws(' ', catalog_id) AS key, 'catalogs: ' || count(*) || ' rows' AS detail
FROM catalogs GROUP BY build_id, catalog_id HAVING count(*) > 1
UNION ALL
SELECT build_id, concat_ws(' ', catalog_id, position) AS key, 'catalog_entries: ' || count(*) || ' rows' AS detail
FROM catalog_entries GROUP BY build_id, catalog_id, position HAVING count(*) > 1
UNION ALL
SELECT build_id, concat_ws(' ', example_id) AS key, 'examples: ' || count(*) || ' rows' AS detail
FROM examples GROUP BY build_id, example_id HAVING count(*) > 1
