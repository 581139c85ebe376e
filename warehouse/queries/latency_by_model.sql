-- What: How long each model takes when serving: middle, ninetieth and ninety-ninth percentile in
-- seconds, with 95 % intervals.
-- Grain: one row per model, source, simulated or not and quantile.
-- Trap: Change 'serve' for another kind. Good to 2.5 percent. Answered calls only.
SELECT
    model_id, source, is_simulated, quantile, calls, round(seconds, 3) AS seconds,
    round(low, 3) AS low, round(high, 3) AS high
FROM latency_quantiles([0.5, 0.9, 0.99], of_kind := 'serve')
ORDER BY is_simulated, quantile, seconds DESC, model_id, source
