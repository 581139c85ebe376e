-- Why a file of a price history cannot be loaded: rows that no refresh writes, or that contradict the
-- store.
WITH fresh AS (FROM read_parquet($file))

SELECT event_id || ' is there twice' AS fault
FROM fresh
GROUP BY event_id
HAVING count(*) > 1
UNION ALL
SELECT coalesce(event_id, 'an event without id') || ' lacks what every event has'
FROM fresh
WHERE event_id IS NULL OR price_list IS NULL OR model IS NULL OR kind IS NULL OR status IS NULL
    OR effective_at IS NULL OR holds IS NULL OR reason IS NULL
UNION ALL
SELECT event_id || ' has a price below zero'
FROM fresh
WHERE least(
        input_per_million, output_per_million, cached_input_per_million, cache_write_per_million,
        reasoning_per_million, input_per_million_above, output_per_million_above
    ) < 0
UNION ALL
SELECT f.event_id || ' of ' || f.model || ' stands in the store otherwise'
FROM fresh AS f
JOIN price_events AS p USING (event_id)
WHERE (f.kind, f.status, f.holds, f.slip, f.void_from)
    IS DISTINCT FROM (p.kind, p.status, p.holds, p.slip, p.void_from)
ORDER BY fault
LIMIT 1
