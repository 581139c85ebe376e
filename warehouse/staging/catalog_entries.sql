-- Entries of the price lists, one row each, in the order in which they are shown.
INSERT INTO catalog_entries BY NAME
SELECT
    $build_id AS build_id,
    catalog_id, position,
    e.model_id, e.tool_name, e.display_name, e.litellm_model, e.tier,
    e.input_per_million, e.output_per_million, e.cached_input_per_million,
    e.base_input_per_million, e.base_output_per_million, e.price_factor,
    e.context_window, e.max_output_tokens, e.capabilities, e.description
FROM (
    SELECT catalog_id, unnest(entries) AS e, generate_subscripts(entries, 1) - 1 AS position
    FROM read_parquet($file)
)
