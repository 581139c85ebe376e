-- What: A call, or the list of what was offered, names a model that is not on the episode's menu; or
-- a call was made of no model at all.
SELECT
    e.run_id AS build_id, c.episode_id || ' ' || c.call_index AS key,
    coalesce(c.model_id, 'no model') || ' by ' || c.tool_name AS detail
FROM calls AS c
JOIN episodes AS e USING (episode_id)
ANTI JOIN menu_entries AS m
    ON m.catalog_id = e.catalog_id AND m.model_id = c.model_id
WHERE c.model_id IS NOT NULL OR c.status <> 'refused'
UNION ALL
SELECT e.run_id, e.episode_id, 'offered ' || array_to_string(e.offered, ', ')
FROM episodes AS e
JOIN (
    SELECT catalog_id, list(model_id ORDER BY position) AS models FROM menu_entries GROUP BY catalog_id
) AS m USING (catalog_id)
WHERE e.offered <> m.models
