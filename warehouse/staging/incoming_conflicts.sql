-- Files with an episode that the store, or an earlier file of the batch, has otherwise.
WITH facts AS (
    SELECT file, episode_id, run_id, started_at, mode, total_cost_usd, answer_hash, reward
    FROM incoming_episodes
)

SELECT i.file, min(i.episode_id) AS episode_id
FROM facts AS i
JOIN (
    SELECT -1 AS file, episode_id, run_id, started_at, mode, total_cost_usd, answer_hash, reward
    FROM episodes SEMI JOIN incoming_episodes USING (episode_id)
    UNION ALL
    FROM facts
) AS o ON o.episode_id = i.episode_id AND o.file < i.file
WHERE (i.run_id, i.started_at, i.mode, i.total_cost_usd, i.answer_hash, i.reward)
    IS DISTINCT FROM (o.run_id, o.started_at, o.mode, o.total_cost_usd, o.answer_hash, o.reward)
GROUP BY i.file
ORDER BY i.file
