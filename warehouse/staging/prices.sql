-- The price history as it stands; prices become DECIMAL.
INSERT INTO prices BY NAME
SELECT
    $build_id AS build_id,
    model_id, effective_at, input_per_million, output_per_million, cached_input_per_million,
    above_tokens, input_per_million_above, output_per_million_above, source
FROM read_parquet($file)
