-- What: A price or a price factor is below zero.
SELECT build_id, catalog_id || ' ' || tool_name AS key, 'catalog_entries' AS detail
FROM catalog_entries
WHERE least(
        input_per_million, output_per_million, cached_input_per_million,
        base_input_per_million, base_output_per_million
    ) < 0
    OR price_factor < 0
UNION ALL
SELECT build_id, model_id || ' ' || effective_at, 'prices'
FROM prices
WHERE least(
        input_per_million, output_per_million, cached_input_per_million,
        input_per_million_above, output_per_million_above
    ) < 0
