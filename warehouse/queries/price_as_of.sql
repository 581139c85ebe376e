-- What: Base prices as they held on one day; change the date in the first line.
-- Grain: one row per build and model with a price on that day.
-- Trap: A model without a price that early is left out, not shown at a later price.
WITH asked AS (SELECT DATE '2026-01-01' AS day)

SELECT p.build_id, p.model_id, p.input_per_million, p.output_per_million, p.valid_from, p.source
FROM dim_price AS p, asked
WHERE asked.day >= p.valid_from AND (p.valid_to IS NULL OR asked.day < p.valid_to)
ORDER BY p.build_id, p.model_id
