-- Problems with their origin spread over columns; lists become JSON.
INSERT INTO problems BY NAME
SELECT
    $build_id AS build_id,
    problem_id, data_source, domain, kind, to_json(messages) AS messages, grader, ground_truth, grader_args,
    to_json(published_pass_rates) AS published_pass_rates,
    origin.dataset AS origin_dataset, origin.revision AS origin_revision, origin.file AS origin_file,
    origin.row AS origin_row, origin.licence AS licence
FROM read_parquet($file)
