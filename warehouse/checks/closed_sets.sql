-- What: A word is not one of those the contract allows.
SELECT build_id, example_id AS key, split || ' ' || mode || ' ' || tier || ' ' || kind AS detail
FROM examples
WHERE split NOT IN ('train', 'validation', 'test')
    OR mode NOT IN ('agent', 'simple')
    OR tier NOT IN ('easy', 'medium', 'hard', 'untiered')
    OR kind NOT IN ('reasoning', 'everyday')
UNION ALL
SELECT build_id, problem_id || ' ' || reference || ' ' || sample, verdict || ' ' || engine
FROM attempts
WHERE verdict NOT IN ('correct', 'wrong', 'parse_failure', 'truncated', 'ungraded')
    OR engine NOT IN ('recorded', 'published', 'simulated', 'vllm', 'endpoint', 'litellm')
UNION ALL
SELECT build_id, problem_id || ' ' || reference, method || ' ' || tier || ' ' || estimator
FROM pass_rates
WHERE method NOT IN ('measured', 'recorded', 'published', 'simulated')
    OR estimator NOT IN ('share', 'posterior_mean')
    OR tier NOT IN ('easy', 'medium', 'hard')
