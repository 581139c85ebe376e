-- What: How long calls of each model take, retries included: middle, 95th and 99th percentile in
-- seconds.
-- Grain: model_id, source, is_simulated.
-- Trap: Answered calls only; a timeout shows in call_failures. Quantiles are read from bins of 5
-- percent, so they are off by 2.5 percent at most; means are exact. Seconds of a bank or of stand-ins
-- say nothing about a model.
-- Needs: latency_seconds
CREATE OR REPLACE VIEW model_latency AS
WITH bins AS (
    SELECT
        model_id, source, is_simulated, bin,
        sum(calls) AS calls, sum(seconds) AS seconds, sum(output_tokens) AS output_tokens
    FROM latency_sums
    GROUP BY ALL
),

ranked AS (
    SELECT
        *,
        sum(calls) OVER (PARTITION BY model_id, source, is_simulated ORDER BY bin) AS so_far,
        sum(calls) OVER (PARTITION BY model_id, source, is_simulated) AS every
    FROM bins
),

answered AS (
    SELECT
        model_id, source, is_simulated,
        sum(attempts) FILTER (WHERE status = 'ok') / sum(calls) FILTER (WHERE status = 'ok')
            AS attempts
    FROM call_sums
    GROUP BY ALL
)

SELECT
    r.model_id, r.source, r.is_simulated,
    sum(r.calls)::BIGINT AS calls,
    latency_seconds(min(r.bin) FILTER (WHERE r.so_far >= 0.5 * r.every)) AS p50_seconds,
    latency_seconds(min(r.bin) FILTER (WHERE r.so_far >= 0.95 * r.every)) AS p95_seconds,
    latency_seconds(min(r.bin) FILTER (WHERE r.so_far >= 0.99 * r.every)) AS p99_seconds,
    sum(r.seconds) / sum(r.calls) AS mean_seconds,
    sum(r.output_tokens) / nullif(sum(r.seconds), 0) AS tokens_per_second,
    any_value(a.attempts) AS attempts
FROM ranked AS r
JOIN answered AS a
    ON a.model_id IS NOT DISTINCT FROM r.model_id
    AND a.source = r.source AND a.is_simulated = r.is_simulated
GROUP BY r.model_id, r.source, r.is_simulated
