-- What: A call names a model that is not on the episode's menu, or was made of no model at all.
SELECT
    e.run_id AS build_id, c.episode_id || ' ' || c.call_index AS key,
    coalesce(c.model_id, 'no model') || ' by ' || c.tool_name AS detail
FROM calls AS c
JOIN episodes AS e USING (episode_id)
ANTI JOIN menu_entries AS m
    ON m.catalog_id = e.catalog_id AND m.model_id = c.model_id
WHERE c.model_id IS NOT NULL OR c.status <> 'refused'
