-- Entries of the menus of one file of a spool, one row each, in the order in which they were shown.
INSERT INTO incoming_menu_entries BY NAME
SELECT
    $number AS file,
    catalog_id, position,
    e.model_id, e.tool_name, e.display_name, e.litellm_model, e.tier, e.input_per_million,
    e.output_per_million, e.cached_input_per_million, e.base_input_per_million,
    e.base_output_per_million, e.price_factor, e.context_window, e.max_output_tokens,
    e.capabilities, e.description
FROM (
    SELECT catalog_id, unnest(entries) AS e, generate_subscripts(entries, 1) - 1 AS position
    FROM read_parquet($file)
)
