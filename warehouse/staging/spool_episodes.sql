-- Episodes of files of a spool, with their calls counted up; money becomes DECIMAL where it is
-- inserted. What was offered stays out: it is on the menu.
CREATE OR REPLACE TEMP MACRO spool_episodes(files) AS TABLE
SELECT
    * EXCLUDE (statuses, ids, chosen, "read", written, listed),
    timezone('UTC', started_at)::DATE AS day,
    len(statuses) AS calls,
    len(statuses) - list_count(list_filter(statuses, lambda s: s = 'refused')) AS calls_made,
    list_count(list_filter(statuses, lambda s: s = 'ok')) AS calls_ok,
    list_filter(ids, lambda id, i: statuses[i] = 'ok') AS models,
    ids[list_position(chosen, true)] AS selected_model,
    coalesce(list_sum("read"), 0) AS call_input_tokens,
    coalesce(list_sum(written), 0) AS call_output_tokens,
    coalesce(list_sum(listed), 0) AS calls_list_cost_usd
FROM (
    SELECT
        * EXCLUDE (calls, offered),
        coalesce(list_transform(calls, lambda c: c.status), []) AS statuses,
        list_transform(calls, lambda c: c.model_id) AS ids,
        list_transform(calls, lambda c: c.selected) AS chosen,
        list_transform(calls, lambda c: c.input_tokens) AS "read",
        list_transform(calls, lambda c: c.output_tokens) AS written,
        list_transform(calls, lambda c: c.list_cost_usd::DECIMAL(18, 9)) AS listed
    FROM read_parquet(files)
)
