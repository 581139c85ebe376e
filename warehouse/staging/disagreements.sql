-- Disagreements as they stand.
INSERT INTO disagreements BY NAME
SELECT
    $build_id AS build_id,
    problem_id, reference, sample, recorded_correct, verdict, ground_truth, text, detail
FROM read_parquet($file)
