-- What: An episode with an answer of a stand-in does not say so, or says so without one.
SELECT
    e.run_id AS build_id, e.episode_id AS key,
    if(e.simulated, 'marked without a simulated call', 'not marked') AS detail
FROM episodes AS e
LEFT JOIN (
    SELECT episode_id, bool_or(simulated OR source = 'simulated') AS simulated FROM calls GROUP BY episode_id
) AS c USING (episode_id)
WHERE e.simulated <> coalesce(c.simulated, false)
