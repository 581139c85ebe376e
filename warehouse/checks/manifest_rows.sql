-- What: The store has another number of rows than a file of the manifest.
-- Trap: Files are told apart by name, as the build directory names them; other names are not compared.
WITH files AS (
    SELECT
        build_id,
        regexp_extract(f ->> '$.path', '^(?:(examples|rejects)/)?([^/]*)\.parquet$', ['folder', 'stem'])
            AS name,
        (f ->> '$.rows')::BIGINT AS expected
    FROM (SELECT build_id, unnest(manifest -> '$.files[*]') AS f FROM builds)
),

named AS (
    SELECT
        build_id,
        CASE
            WHEN name.folder = 'examples' THEN 'examples ' || name.stem
            WHEN name.folder = 'rejects' THEN 'rejects'
            WHEN name.stem = 'references' THEN 'worked_solutions'
            ELSE name.stem
        END AS table_name,
        sum(expected) AS expected
    FROM files
    WHERE name.stem <> ''
    GROUP BY ALL
),

found AS (
    SELECT build_id, 'problems' AS table_name, count(*) AS found FROM problems GROUP BY ALL
    UNION ALL
    SELECT build_id, 'worked_solutions' AS table_name, count(*) AS found FROM worked_solutions GROUP BY ALL
    UNION ALL
    SELECT build_id, 'attempts' AS table_name, count(*) AS found FROM attempts GROUP BY ALL
    UNION ALL
    SELECT build_id, 'pass_rates' AS table_name, count(*) AS found FROM pass_rates GROUP BY ALL
    UNION ALL
    SELECT build_id, 'disagreements' AS table_name, count(*) AS found FROM disagreements GROUP BY ALL
    UNION ALL
    SELECT build_id, 'models' AS table_name, count(*) AS found FROM models GROUP BY ALL
    UNION ALL
    SELECT build_id, 'prices' AS table_name, count(*) AS found FROM prices GROUP BY ALL
    UNION ALL
    SELECT build_id, 'catalogs' AS table_name, count(*) AS found FROM catalogs GROUP BY ALL
    UNION ALL
    SELECT build_id, 'rejects' AS table_name, count(*) AS found FROM rejects GROUP BY ALL
    UNION ALL
    SELECT build_id, 'examples ' || split, count(*) FROM examples GROUP BY ALL
)

SELECT
    n.build_id, n.table_name AS key, coalesce(f.found, 0) || ' rows, manifest says ' || n.expected AS detail
FROM named AS n
LEFT JOIN found AS f USING (build_id, table_name)
WHERE coalesce(f.found, 0) <> n.expected
    AND (
        n.table_name LIKE 'examples %'
        OR n.table_name IN (
            'problems', 'worked_solutions', 'attempts', 'pass_rates', 'disagreements', 'models',
            'prices', 'catalogs', 'rejects'
        )
    )
