-- What: Prices with the time in which each holds (slowly changing dimension, type 2): those of builds,
-- of menus, and of price lists over time.
-- Grain: price_list, build_id, model_id, valid_from; build_id is NULL but for builds.
-- Trap: price_list says whose prices they are: build (its base list), menu (models that only menus
-- know, from the day on which they were first seen), litellm or openrouter (what was really listed;
-- model_id is the list's key). One model may be in all of them: name the list. valid_to is the first
-- moment (UTC) at which the price no longer holds, NULL for one that goes on; join with
-- t >= valid_from AND (valid_to IS NULL OR t < valid_to), where a day stands for its first moment.
-- Needs: menu_prices, price_intervals
CREATE OR REPLACE VIEW dim_price AS
SELECT
    'build' AS price_list, build_id, model_id,
    effective_at::TIMESTAMP AS valid_from,
    lead(effective_at::TIMESTAMP) OVER history AS valid_to,
    lead(effective_at) OVER history IS NULL AS is_current,
    input_per_million, output_per_million, cached_input_per_million,
    above_tokens, input_per_million_above, output_per_million_above, source
FROM prices
WINDOW history AS (PARTITION BY build_id, model_id ORDER BY effective_at)
UNION ALL BY NAME
SELECT
    'menu' AS price_list, model_id, valid_from::TIMESTAMP AS valid_from,
    valid_to::TIMESTAMP AS valid_to, valid_to IS NULL AS is_current,
    input_per_million, output_per_million, 'menu' AS source
FROM menu_prices
UNION ALL BY NAME
SELECT
    price_list, model AS model_id, identity, valid_from, valid_to, is_current,
    input_per_million, output_per_million, cached_input_per_million, cache_write_per_million,
    reasoning_per_million, above_tokens, input_per_million_above, output_per_million_above, source
FROM price_intervals
