-- Why a file of episodes contradicts itself, one row a fault.
SELECT 'episode ' || episode_id || ' stands in it twice' AS fault
FROM incoming_episodes WHERE file = $number GROUP BY episode_id HAVING count(*) > 1
UNION ALL
SELECT 'call ' || call_index || ' of episode ' || episode_id || ' stands in it twice' AS fault
FROM incoming_calls WHERE file = $number GROUP BY episode_id, call_index HAVING count(*) > 1
ORDER BY fault
LIMIT 1
