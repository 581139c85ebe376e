-- Attempts as they stand.
INSERT INTO attempts BY NAME
SELECT
    $build_id AS build_id,
    problem_id, reference, sample, engine, engine_version, reference_revision, dtype, sampling, text, prompt_tokens,
    completion_tokens, finish_reason, verdict, score, detail, grader, grader_version, seconds,
    cost_usd
FROM read_parquet($file)
