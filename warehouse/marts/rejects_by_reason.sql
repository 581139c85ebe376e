-- What: Dropped rows per stage and reason, with one key to look at.
-- Grain: build_id, stage, reason.
-- Trap: One upstream row may be dropped by several stages under different keys.
CREATE OR REPLACE VIEW rejects_by_reason AS
SELECT build_id, stage, reason, count(*) AS rows, min(key) AS example_key
FROM rejects
GROUP BY ALL
