-- Attempts as they stand.
INSERT INTO attempts BY NAME
SELECT
    $build_id AS build_id,
    problem_id, reference, sample, engine, reference_revision, sampling, text, prompt_tokens,
    completion_tokens, finish_reason, verdict, score, detail, grader, grader_version, seconds,
    cost_usd
FROM read_parquet($file)
