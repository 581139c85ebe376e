-- One run of an evaluation. What was started again since replaces what was there; an older file does
-- not.
MERGE INTO evaluations AS e
USING (
    SELECT
        run_id, suite, suite_revision, items, repetitions, metric, metric_scale, policy, policy_revision,
        policy_model, pool, cost_weight, seed, settings, started_at, finished_at, episodes, failed,
        ungraded, cost_usd::DECIMAL(18, 9) AS cost_usd, stopped, simulated, alarm
    FROM read_parquet($file)
) AS i
    ON e.run_id = i.run_id
WHEN MATCHED AND (i.episodes, coalesce(i.finished_at, i.started_at))
    < (e.episodes, coalesce(e.finished_at, e.started_at)) THEN DO NOTHING
WHEN MATCHED AND e IS DISTINCT FROM i THEN UPDATE BY NAME
WHEN NOT MATCHED THEN INSERT BY NAME
