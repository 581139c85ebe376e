-- Menus; the first use counts, in whatever order files come.
MERGE INTO menus AS m
USING (
    SELECT catalog_id, first.seen_at, first.run_id
    FROM (
        SELECT catalog_id, min({'seen_at': seen_at, 'run_id': run_id}) AS first
        FROM incoming_menus
        GROUP BY catalog_id
    )
) AS i
    ON m.catalog_id = i.catalog_id
WHEN MATCHED AND (i.seen_at, i.run_id) < (m.seen_at, m.run_id)
    THEN UPDATE SET seen_at = i.seen_at, run_id = i.run_id
WHEN NOT MATCHED THEN INSERT BY NAME
