-- What: How long calls of each model take, retries included: middle and 99th percentile in seconds.
-- Grain: model_id, source.
-- Trap: Answered calls only; a timeout shows in call_failures. Seconds of a bank or of stand-ins say
-- nothing about a model.
CREATE OR REPLACE VIEW model_latency AS
SELECT
    model_id, source,
    simulated AS is_simulated,
    count(*) AS calls,
    quantile_cont(seconds, 0.5) AS p50_seconds,
    quantile_cont(seconds, 0.99) AS p99_seconds,
    sum(output_tokens) / nullif(sum(seconds), 0) AS tokens_per_second,
    avg(attempts) AS attempts
FROM calls
WHERE status = 'ok'
GROUP BY ALL
