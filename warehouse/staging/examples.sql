-- Exported rows, flattened; the catalogue inside a row is the one catalog_id names, so it stays out.
INSERT INTO examples BY NAME
SELECT
    $build_id AS build_id,
    extra_info.example_id, extra_info.problem_id, extra_info.split, extra_info.index AS row_index,
    extra_info.repetition, extra_info.kind, extra_info.mode, extra_info.tier, extra_info.pass_rate,
    extra_info.reference, extra_info.catalog_id, data_source, ability, agent_name, extra_info.grader,
    len(prompt) AS prompt_messages,
    coalesce(list_sum(list_transform(prompt, lambda m: length(m.content))), 0) AS prompt_chars
FROM read_parquet($file)
