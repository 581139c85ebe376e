-- What: How far the prices that menus showed were from the base list, by what calls really cost.
-- Grain: one row per model, simulated or not.
-- Trap: Only calls with tokens; 1.0 means that every menu showed list prices.
SELECT
    model_id, is_simulated,
    sum(with_tokens)::BIGINT AS calls,
    sum(cost_usd)::DECIMAL(18, 9) AS paid_usd, sum(list_cost_usd)::DECIMAL(18, 9) AS list_usd,
    round((sum(cost_usd) / nullif(sum(list_cost_usd), 0))::DOUBLE, 4) AS paid_of_list
FROM call_sums
WHERE with_tokens > 0
GROUP BY model_id, is_simulated
ORDER BY paid_usd DESC, model_id, is_simulated
