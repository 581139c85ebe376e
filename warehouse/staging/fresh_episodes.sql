-- Which episodes of this batch the store lacks, and from which file each is taken: one and the same
-- episode may stand in two files.
-- An episode and its calls come in one row, so that this decides for both.
CREATE OR REPLACE TEMP TABLE fresh_episodes AS
SELECT episode_id, min(file) AS file
FROM incoming_episodes
ANTI JOIN episodes USING (episode_id)
GROUP BY episode_id
