-- Answered calls of the stale days, by how long they took.
INSERT INTO latency_sums BY NAME
SELECT
    day, kind, policy, model_id, source,
    simulated AS is_simulated,
    floor(ln(greatest(seconds, 0.001) / 0.001) / ln(1.05))::SMALLINT AS bin,
    count(*) AS calls,
    sum(seconds) AS seconds,
    coalesce(sum(output_tokens), 0)::BIGINT AS output_tokens
FROM calls
WHERE status = 'ok' AND day IN (SELECT day FROM stale_days)
GROUP BY ALL
