-- Price lists without their entries.
INSERT INTO catalogs BY NAME
SELECT
    $build_id AS build_id,
    catalog_id, seed, law, base_snapshot.hash AS base_hash, base_snapshot.date AS base_date
FROM read_parquet($file)
