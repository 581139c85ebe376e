-- Calls of the episodes that the store lacks.
INSERT INTO calls BY NAME
SELECT i.* EXCLUDE (file)
FROM incoming_calls AS i
SEMI JOIN fresh_episodes USING (episode_id, file)
ORDER BY i.started_at, i.episode_id, i.call_index
