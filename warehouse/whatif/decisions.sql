-- What: Decisions on problems of the bank: how many were the oracle's at the menu's prices, how many
-- would be at the asked ones, and what decisions and oracle come to.
-- Grain: kind, policy, is_simulated; policy 'all' is every policy of a kind.
-- Trap: Only decisions that returned one model's reply (judged_by 'bank'). left_oracle were the oracle's
-- and would no longer be; joined_oracle the other way round. Costs are the bank's, of the model returned.
SELECT
    d.kind,
    if(grouping(d.policy) = 1, 'all', d.policy) AS policy,
    d.is_simulated,
    count(*) AS decisions,
    count(*) FILTER (WHERE m.is_oracle) AS as_oracle,
    count(*) FILTER (WHERE m.asked_is_oracle) AS asked_as_oracle,
    count(*) FILTER (WHERE m.is_oracle AND NOT m.asked_is_oracle) AS left_oracle,
    count(*) FILTER (WHERE m.asked_is_oracle AND NOT m.is_oracle) AS joined_oracle,
    sum(m.cost_usd)::DECIMAL(18, 9) AS chosen_usd,
    sum(m.asked_usd)::DECIMAL(18, 9) AS asked_chosen_usd,
    sum(m.oracle_usd)::DECIMAL(18, 9) AS oracle_usd,
    sum(m.asked_oracle_usd)::DECIMAL(18, 9) AS asked_oracle_usd
FROM bank_decisions AS d
JOIN whatif_menus AS m
    ON m.problem_id = d.problem_id AND m.catalog_id = d.catalog_id
    AND m.is_simulated = d.is_simulated AND m.model_id = d.selected_model
WHERE d.judged_by = 'bank'
GROUP BY GROUPING SETS ((d.kind, d.policy, d.is_simulated), (d.kind, d.is_simulated))
ORDER BY d.is_simulated, d.kind, policy = 'all', policy
