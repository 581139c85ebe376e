-- What: The price of each model that holds last: what counterfactuals on the outcome bank reckon with.
-- Grain: model_id.
-- Trap: Which list a price is of says price_list, see prices_at; a model with no price in any list or
-- menu has no row.
-- Needs: prices_at
CREATE OR REPLACE VIEW base_price AS
FROM prices_at(TIMESTAMP 'infinity')
