-- What: Price factors that a split shows: its range and middle, over all models.
-- Grain: one row per build and split.
-- Trap: Held-out factors show as a wider range outside the training split, not as another median.
SELECT
    x.build_id, x.split,
    count(*) AS offers,
    count(DISTINCT c.model_id) AS models,
    round(min(c.price_factor), 4) AS lowest,
    round(quantile_cont(c.price_factor, 0.05), 4) AS p05,
    round(median(c.price_factor), 4) AS p50,
    round(quantile_cont(c.price_factor, 0.95), 4) AS p95,
    round(max(c.price_factor), 4) AS highest
FROM examples AS x
JOIN catalog_entries AS c USING (build_id, catalog_id)
GROUP BY x.build_id, x.split
ORDER BY x.build_id, x.split
