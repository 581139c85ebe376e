-- What: What the exported rows showed per model: how often it was offered, base prices, shown prices
-- and quantiles of the price factor (shown over base answer price).
-- Grain: build_id, split, model_id.
-- Trap: split 'all' repeats the other splits; never add it to them. A catalogue counts once per row
-- that shows it. Base prices are medians, equal to the one base price unless a regime event moved it.
CREATE OR REPLACE VIEW catalog_prices AS
SELECT
    x.build_id, coalesce(x.split, 'all') AS split, c.model_id,
    any_value(c.tier ORDER BY c.tier) AS tier,
    count(*) AS offered,
    quantile_disc(c.base_input_per_million, 0.5) AS base_input_per_million,
    quantile_disc(c.base_output_per_million, 0.5) AS base_output_per_million,
    min(c.output_per_million) AS lowest_output_per_million,
    quantile_disc(c.output_per_million, 0.5) AS median_output_per_million,
    max(c.output_per_million) AS highest_output_per_million,
    min(c.price_factor) AS factor_min,
    quantile_cont(c.price_factor, 0.05) AS factor_p05,
    quantile_cont(c.price_factor, 0.25) AS factor_p25,
    quantile_cont(c.price_factor, 0.50) AS factor_p50,
    quantile_cont(c.price_factor, 0.75) AS factor_p75,
    quantile_cont(c.price_factor, 0.95) AS factor_p95,
    max(c.price_factor) AS factor_max,
    count(*) FILTER (WHERE c.output_per_million = 0) AS offered_free
FROM examples AS x
JOIN catalog_entries AS c ON c.build_id = x.build_id AND c.catalog_id = x.catalog_id
GROUP BY GROUPING SETS ((x.build_id, x.split, c.model_id), (x.build_id, c.model_id))
