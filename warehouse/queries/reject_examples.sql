-- What: Three rows for each reason for which rows were dropped.
-- Grain: one row per build and reject, at most three per stage and reason.
-- Trap: Which three is arbitrary, but always the same.
SELECT build_id, stage, reason, key, data_source, detail
FROM rejects
QUALIFY row_number() OVER (PARTITION BY build_id, stage, reason ORDER BY key, detail) <= 3
ORDER BY build_id, stage, reason, key
