-- Days whose sums the merged episodes change.
INSERT INTO stale_days
SELECT DISTINCT i.day FROM incoming_episodes AS i SEMI JOIN fresh_episodes USING (episode_id, file)
