-- What: A word of an episode, a call or an outcome is not one of those the contract allows.
SELECT run_id AS build_id, episode_id AS key, concat_ws(' ', kind, mode, verdict) AS detail
FROM episodes
WHERE kind NOT IN ('train', 'validate', 'evaluate', 'serve')
    OR mode NOT IN ('direct', 'synthesize', 'select', 'failed')
    OR verdict NOT IN ('correct', 'wrong', 'parse_failure', 'truncated', 'ungraded')
    OR (mode = 'failed' AND error IS NULL)
UNION ALL
SELECT '', episode_id || ' ' || call_index, concat_ws(' ', status, error_type, source)
FROM calls
WHERE status NOT IN ('ok', 'error', 'refused')
    OR source NOT IN ('live', 'bank', 'simulated')
    OR (status = 'ok') <> (error_type IS NULL)
UNION ALL
SELECT data_source, problem_id || ' ' || model_id || ' ' || sample, concat_ws(' ', verdict, source)
FROM outcomes
WHERE verdict NOT IN ('correct', 'wrong', 'parse_failure', 'truncated', 'ungraded')
    OR source NOT IN ('live', 'simulated', 'imported')
