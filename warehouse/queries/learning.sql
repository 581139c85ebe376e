-- What: How each training run went, from its first validation to its last.
-- Grain: one row per run.
-- Trap: Only runs whose episodes were loaded (xrouter load). Reward depends on the cost weight, so
-- compare runs of one weight.
SELECT
    run_id, any_value(cost_weight) AS cost_weight, max(step) AS steps,
    round(arg_min(reward, step), 3) AS reward_before, round(arg_max(reward, step), 3) AS reward,
    round(arg_min(accuracy, step), 3) AS accuracy_before,
    round(arg_max(accuracy, step), 3) AS accuracy,
    round(arg_min(normalized_cost, step), 3) AS cost_before,
    round(arg_max(normalized_cost, step), 3) AS cost,
    bool_or(is_simulated) AS is_simulated
FROM learning_curve
WHERE kind = 'validate' AND tier = 'all'
GROUP BY run_id
ORDER BY run_id
