-- What: Sums by day are not those of the rows, or a row lacks what questions group by.
WITH facts AS (
    SELECT
        day, 'episodes' AS what, count(*) AS rows, sum(total_cost_usd) AS usd, sum(calls) AS parts
    FROM episodes GROUP BY day
    UNION ALL
    SELECT day, 'calls', count(*), sum(cost_usd), count(*) FILTER (WHERE status = 'ok')
    FROM calls GROUP BY day
    UNION ALL
    SELECT day, 'seconds', count(*), 0, 0 FROM calls WHERE status = 'ok' GROUP BY day
),

sums AS (
    SELECT
        day, 'episodes' AS what, sum(episodes) AS rows, sum(total_cost_usd) AS usd,
        sum(calls) AS parts
    FROM episode_sums GROUP BY day
    UNION ALL
    SELECT
        day, 'calls', sum(calls), sum(cost_usd), coalesce(sum(calls) FILTER (WHERE status = 'ok'), 0)
    FROM call_sums GROUP BY day
    UNION ALL
    SELECT day, 'seconds', sum(calls), 0, 0 FROM latency_sums GROUP BY day
)

SELECT
    '' AS build_id, coalesce(f.what, s.what) || ' of ' || coalesce(f.day, s.day) AS key,
    concat_ws(', ', f.rows, f.usd, f.parts) || '; sums ' || concat_ws(', ', s.rows, s.usd, s.parts)
        AS detail
FROM facts AS f
FULL JOIN sums AS s ON f.day IS NOT DISTINCT FROM s.day AND f.what = s.what
WHERE (f.rows, f.usd, f.parts) IS DISTINCT FROM (s.rows, s.usd, s.parts)
UNION ALL
SELECT run_id, episode_id, 'no day, calls or models' FROM episodes
WHERE day IS NULL OR calls IS NULL OR models IS NULL OR calls_list_cost_usd IS NULL
UNION ALL
SELECT run_id, episode_id, 'a call without day, kind or policy' FROM calls
WHERE day IS NULL OR kind IS NULL OR policy IS NULL OR run_id IS NULL
