-- What: Prices as they held on one day, in base lists and in price lists over time; change the date in
-- the first line. For one model of the price lists: FROM price_asof('o3', TIMESTAMP '2026-01-01').
-- Grain: one row per price list, build and model with a price on that day.
-- Trap: A day is its first moment in UTC. A model without a price that early is left out, not shown at
-- a later price; so is one whose only price was a slip of units. The same model may be in several
-- lists: price_list says in which, and no two need agree.
WITH asked AS (SELECT TIMESTAMP '2026-01-01' AS moment)

SELECT
    p.build_id, p.model_id, p.input_per_million, p.output_per_million, p.valid_from, p.source,
    p.price_list
FROM dim_price AS p, asked
WHERE asked.moment >= p.valid_from AND (p.valid_to IS NULL OR asked.moment < p.valid_to)
ORDER BY p.price_list, p.build_id, p.model_id
