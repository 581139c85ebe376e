-- What: Price history with the days on which each price holds (slowly changing dimension, type 2).
-- Grain: build_id, model_id, valid_from; build_id is NULL for models that only menus know.
-- Trap: valid_to is the first day on which the price no longer holds, NULL for the last known price;
-- join with day >= valid_from AND (valid_to IS NULL OR day < valid_to). Prices from menus (source
-- 'menu') hold from the day on which they were first seen.
-- Needs: menu_prices
CREATE OR REPLACE VIEW dim_price AS
SELECT
    build_id, model_id,
    effective_at AS valid_from,
    lead(effective_at) OVER history AS valid_to,
    lead(effective_at) OVER history IS NULL AS is_current,
    input_per_million, output_per_million, cached_input_per_million,
    above_tokens, input_per_million_above, output_per_million_above, source
FROM prices
WINDOW history AS (PARTITION BY build_id, model_id ORDER BY effective_at)
UNION ALL BY NAME
SELECT
    model_id, valid_from, valid_to, valid_to IS NULL AS is_current,
    input_per_million, output_per_million, 'menu' AS source
FROM menu_prices
