-- Whether a batch of files can go straight into the tables: each episode is new to the store and
-- stands in the batch once, and its calls are numbered from 0 on.
WITH keys AS MATERIALIZED (
    SELECT
        episode_id,
        list_transform(coalesce(calls, []), lambda c: c.call_index) <> range(len(coalesce(calls, [])))
            AS is_odd
    FROM read_parquet($files)
)

SELECT
    bool_or(is_odd) OR count(DISTINCT episode_id) <> count(*)
    OR EXISTS (SELECT 1 FROM episodes SEMI JOIN keys USING (episode_id))
FROM keys
