-- What: The builds of this store side by side.
-- Grain: one row per build.
-- Trap: load_order is the order of loading, not of making.
SELECT
    b.load_order, left(b.build_id, 12) AS build, b.seed, b.law, b.version,
    count(x.example_id) AS rows,
    count(x.example_id) FILTER (WHERE x.tier = 'hard') AS hard,
    count(x.example_id) FILTER (WHERE x.is_simulated) AS simulated_rows
FROM builds AS b
LEFT JOIN example_facts AS x USING (build_id)
GROUP BY ALL
ORDER BY b.load_order
