-- Dropped rows as they stand.
INSERT INTO rejects BY NAME
SELECT
    $build_id AS build_id,
    stage, key, data_source, reason, detail
FROM read_parquet($file)
