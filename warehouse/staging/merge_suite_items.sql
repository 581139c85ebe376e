-- Problems of a suite that the store lacks: a revision never changes.
INSERT INTO suite_items BY NAME
SELECT suite, suite_revision, item_id, problem_id, data_source, domain, grader, licence
FROM read_parquet($file)
ANTI JOIN suite_items USING (suite, suite_revision, problem_id)
