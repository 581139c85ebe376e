-- What: The price factor is not the shown over the base answer price (to one part in a million).
-- Trap: Where the base answer price is zero there is no such ratio, and any factor passes.
SELECT
    build_id, catalog_id || ' ' || tool_name AS key,
    price_factor || ' is not ' || output_per_million || ' / ' || base_output_per_million AS detail
FROM catalog_entries
WHERE base_output_per_million > 0
    AND abs(price_factor - output_per_million::DOUBLE / base_output_per_million::DOUBLE)
    > 1e-6 * greatest(price_factor, 1e-3)
