-- Episodes that the store lacks; in order of time, so that a range of days is read from few blocks.
INSERT INTO episodes BY NAME
SELECT i.* EXCLUDE (file)
FROM incoming_episodes AS i
SEMI JOIN fresh_episodes USING (episode_id, file)
ORDER BY i.started_at, i.episode_id
