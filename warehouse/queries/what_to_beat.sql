-- What: What a router has to beat on each set of the outcome bank: oracle, best single model, cheapest
-- model, random, and the oracle within each tier of models.
-- Grain: one row per set, baseline, model tier and simulated or not.
-- Trap: At the prices that hold last. 'a/*' is every source under a/, 'all' is everything. accuracy is
-- the mean score, solved the share of full scores.
SELECT
    data_source, baseline, model_id, model_tier, is_simulated, problems,
    round(accuracy, 4) AS accuracy, round(solved, 4) AS solved, mean_cost_usd,
    round(coverage, 4) AS coverage
FROM baselines
WHERE tier = 'all' AND baseline <> 'single' AND (data_source = 'all' OR data_source LIKE '%/*')
ORDER BY data_source, is_simulated, accuracy DESC NULLS LAST, baseline, model_tier
