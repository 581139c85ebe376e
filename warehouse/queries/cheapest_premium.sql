-- What: How often the cheapest premium model of a row costs less than its dearest budget model: rows
-- in which the usual order of prices is upside down.
-- Grain: one row per build and split.
-- Trap: Compares answer prices only.
WITH ends AS (
    SELECT
        build_id, catalog_id,
        min(output_per_million) FILTER (WHERE tier = 'premium') AS cheapest_premium,
        max(output_per_million) FILTER (WHERE tier = 'budget') AS dearest_budget
    FROM catalog_entries
    GROUP BY build_id, catalog_id
)

SELECT
    x.build_id, x.split,
    count(*) AS rows,
    count(*) FILTER (WHERE e.cheapest_premium < e.dearest_budget) AS upside_down,
    round(upside_down / rows, 4) AS share
FROM examples AS x
JOIN ends AS e USING (build_id, catalog_id)
GROUP BY x.build_id, x.split
ORDER BY x.build_id, x.split
