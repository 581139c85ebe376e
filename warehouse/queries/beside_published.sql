-- What: Our runs on the suites that the published xRouter was measured on, in one list with its results.
-- Grain: one row per system, suite and metric.
-- Trap: Two experiments, not one: pools, dates, prices, prompts and graders differ. The published cost of
-- livebench is that of the whole run, and ours is the mean of a query. Of ifeval, m1 is of prompts and m2
-- of instructions; ours are strict, what theirs are is not said.
SELECT
    suite, 'published' AS origin, system, metric, value, NULL AS low, NULL AS high,
    cost_usd::DOUBLE AS cost_usd, cost_of, false AS is_simulated, NULL AS problems
FROM published_results
UNION ALL
SELECT
    suite, 'ours' AS origin, policy AS system, if(suite = 'ifeval', 'm1', metric), round(value, 4),
    round(value_low, 4), round(value_high, 4), round(cost_usd, 9), 'query', is_simulated, problems
FROM evaluation_results
WHERE suite IN (SELECT suite FROM published_results)
UNION ALL
SELECT
    p.suite, 'ours' AS origin, p.policy AS system, 'm2', round(p.value, 4), round(p.value_low, 4),
    round(p.value_high, 4), round(r.cost_usd, 9), 'query', p.is_simulated, p.problems
FROM evaluation_parts AS p
JOIN evaluation_results AS r USING (run_id)
WHERE p.suite = 'ifeval' AND p.part = 'instructions'
ORDER BY suite, metric, is_simulated, value DESC NULLS LAST, origin, system
