-- What: Which models keep their callers waiting: middle, 95th and 99th percentile, and how fast they
-- write.
-- Grain: one row per model and source.
-- Trap: Quantiles are off by 2.5 percent at most. Only a live source says something about a model.
SELECT
    model_id, source, is_simulated, calls,
    round(p50_seconds, 3) AS p50_seconds, round(p95_seconds, 3) AS p95_seconds,
    round(p99_seconds, 3) AS p99_seconds, round(tokens_per_second, 1) AS tokens_per_second
FROM model_latency
ORDER BY p95_seconds DESC, model_id, source, is_simulated
