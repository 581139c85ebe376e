-- One row: the build itself, read from the text of its manifest.
INSERT INTO builds BY NAME
SELECT
    $build_id AS build_id,
    (SELECT coalesce(max(load_order), 0) + 1 FROM builds) AS load_order,
    (m ->> '$.seed')::BIGINT AS seed,
    m ->> '$.law' AS law,
    m ->> '$.version' AS version,
    m ->> '$.code_hash' AS code_hash,
    (m ->> '$.settings.tiering.hard_below')::DOUBLE AS hard_below,
    (m ->> '$.settings.tiering.easy_from')::DOUBLE AS easy_from,
    m ->> '$.base_snapshot.hash' AS base_hash,
    m ->> '$.base_snapshot.date' AS base_date,
    m AS manifest
FROM (SELECT $manifest::JSON AS m)
