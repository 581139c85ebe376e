-- What: What a router has to beat on each evaluated suite: oracle, best single model, cheapest and random,
-- and where each of them is known from.
-- Grain: one row per suite, revision, baseline and simulated or not.
-- Trap: source unknown says in note what is missing. Over problems of items: where they differ, take
-- suite_headroom.
SELECT
    suite, suite_revision, is_simulated, baseline, model_id, source, problems, items,
    round(value, 4) AS value, round(mean_cost_usd, 9) AS usd_per_query,
    round(cost_utility, 3) AS cost_utility, note
FROM evaluation_baselines
WHERE baseline <> 'single'
ORDER BY suite, suite_revision, is_simulated, value DESC NULLS LAST, baseline
