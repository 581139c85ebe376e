-- What: How far the prices that menus showed were from the base list, by what calls really cost.
-- Grain: one row per model.
-- Trap: Only calls with tokens; 1.0 means that every menu showed list prices.
SELECT
    model_id, count(*) AS calls,
    sum(cost_usd)::DECIMAL(18, 9) AS paid_usd, sum(list_cost_usd)::DECIMAL(18, 9) AS list_usd,
    round((sum(cost_usd) / nullif(sum(list_cost_usd), 0))::DOUBLE, 4) AS paid_of_list
FROM fct_call
WHERE input_tokens IS NOT NULL
GROUP BY model_id
ORDER BY paid_usd DESC, model_id
