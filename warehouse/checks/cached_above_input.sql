-- What: A cached prompt costs more than a fresh one.
SELECT
    build_id, catalog_id || ' ' || tool_name AS key,
    cached_input_per_million || ' over ' || input_per_million AS detail
FROM catalog_entries
WHERE cached_input_per_million > input_per_million
UNION ALL
SELECT
    build_id, model_id || ' ' || effective_at, cached_input_per_million || ' over ' || input_per_million
FROM prices
WHERE cached_input_per_million > input_per_million
