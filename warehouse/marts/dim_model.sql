-- What: The base list with the price that holds last and the number of price changes known.
-- Grain: build_id, model_id.
-- Trap: Base prices, not what a row showed or charged; that is catalog_entries.
-- Needs: dim_price
CREATE OR REPLACE VIEW dim_model AS
SELECT
    m.build_id, m.model_id, m.display_name, m.provider, m.litellm_model, m.tier, m.enabled,
    m.context_window, m.max_output_tokens, m.capabilities,
    p.input_per_million, p.output_per_million, p.cached_input_per_million,
    p.valid_from AS price_since, p.source AS price_source,
    coalesce(h.prices, 0) AS known_prices
FROM models AS m
LEFT JOIN dim_price AS p ON p.build_id = m.build_id AND p.model_id = m.model_id AND p.is_current
LEFT JOIN (
    SELECT build_id, model_id, count(*) AS prices FROM prices GROUP BY ALL
) AS h ON h.build_id = m.build_id AND h.model_id = m.model_id
