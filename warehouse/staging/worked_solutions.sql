-- Worked solutions as they came.
INSERT INTO worked_solutions BY NAME
SELECT
    $build_id AS build_id,
    problem_id, solution
FROM read_parquet($file)
