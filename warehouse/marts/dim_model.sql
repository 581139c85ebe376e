-- What: The base list with the price that holds last and the number of price changes known; and
-- models that only menus know, as the newest menu shows them.
-- Grain: build_id, model_id; build_id is NULL for models that only menus know.
-- Trap: Base prices, not what a row or a menu showed or charged; that is catalog_entries and
-- menu_entries. A menu does not say whether a model is enabled; its provider is read from its name.
-- Needs: dim_price
CREATE OR REPLACE VIEW dim_model AS
WITH listed AS (
    SELECT
        build_id, model_id, display_name, provider, litellm_model, tier, enabled, context_window,
        max_output_tokens, capabilities
    FROM models
    UNION ALL BY NAME
    SELECT
        e.model_id, e.display_name, split_part(e.litellm_model, '/', 1) AS provider, e.litellm_model,
        e.tier, e.context_window, e.max_output_tokens, e.capabilities
    FROM menu_entries AS e
    JOIN menus AS m USING (catalog_id)
    ANTI JOIN models USING (model_id)
    QUALIFY row_number() OVER (
        PARTITION BY e.model_id ORDER BY m.seen_at DESC, m.catalog_id DESC, e.position
    ) = 1
),

known AS (FROM dim_price WHERE price_list IN ('build', 'menu'))

SELECT
    m.*,
    p.input_per_million, p.output_per_million, p.cached_input_per_million,
    p.valid_from AS price_since, p.source AS price_source,
    coalesce(h.prices, 0) AS known_prices
FROM listed AS m
LEFT JOIN known AS p
    ON p.build_id IS NOT DISTINCT FROM m.build_id AND p.model_id = m.model_id AND p.is_current
LEFT JOIN (SELECT build_id, model_id, count(*) AS prices FROM known GROUP BY ALL) AS h
    ON h.build_id IS NOT DISTINCT FROM m.build_id AND h.model_id = m.model_id
