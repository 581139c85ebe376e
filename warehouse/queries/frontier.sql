-- What: Accuracy over cost of evaluated policies and, on the same problems, of every single model: who
-- is on the frontier, and how far off the others are.
-- Grain: one row per policy or model, and simulated or not.
-- Trap: Change 'evaluate' for another kind. Oracle and random are listed, but cannot be had. Policies
-- paid their menus' prices, single models are at list prices.
SELECT
    contender, revision, is_simulated, problems, round(accuracy, 4) AS accuracy,
    round(cost_usd, 9) AS usd_each, on_frontier, round(pareto_distance, 4) AS distance,
    round(low, 4) AS low, round(high, 4) AS high
FROM frontier('evaluate')
ORDER BY is_simulated, usd_each NULLS LAST, contender, revision
