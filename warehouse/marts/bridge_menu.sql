-- What: What each menu offered: every model with the price shown and the base price.
-- Grain: catalog_id, position.
-- Trap: Join with the catalog_id of an episode; a menu may be shared by many episodes. Prices are USD
-- per million tokens. price_factor is shown over base, of the answer price.
CREATE OR REPLACE VIEW bridge_menu AS
SELECT
    catalog_id, position, model_id, tool_name, tier AS model_tier,
    input_per_million AS shown_input_per_million,
    output_per_million AS shown_output_per_million,
    cached_input_per_million AS shown_cached_input_per_million,
    base_input_per_million, base_output_per_million, price_factor
FROM menu_entries
