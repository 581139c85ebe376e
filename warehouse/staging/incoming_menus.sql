-- Menus of one file of a spool, without their entries.
INSERT INTO incoming_menus BY NAME
SELECT $number AS file, catalog_id, seen_at, run_id FROM read_parquet($file)
