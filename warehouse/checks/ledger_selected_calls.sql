-- What: A reply was selected that did not come, or mode, selected_call and the marks of calls differ.
SELECT
    e.run_id AS build_id, e.episode_id AS key,
    e.mode || ', selects ' || coalesce(e.selected_call, 'nothing') || ', marked '
    || coalesce(c.marked, 'nothing') AS detail
FROM episodes AS e
LEFT JOIN (
    SELECT
        episode_id,
        string_agg(call_id || ' ' || status, ', ' ORDER BY call_index) FILTER (WHERE selected) AS marked
    FROM calls
    GROUP BY episode_id
) AS c USING (episode_id)
WHERE (e.mode = 'select') <> (e.selected_call IS NOT NULL)
    OR c.marked IS DISTINCT FROM e.selected_call || ' ok'
