-- What: Which decisions would now be another than the oracle's: those that were the oracle's at the
-- menu's prices, by what they would cost more than the new oracle, the dearest first.
-- Grain: kind, policy, is_simulated, problem_id, catalog_id, model_id.
-- Trap: At most as many rows as asked for; decisions tells how many episodes a row stands for.
SELECT
    d.kind, d.policy, d.is_simulated, d.problem_id, d.catalog_id,
    d.selected_model AS model_id,
    any_value(m.oracle_model) AS oracle_model,
    any_value(m.asked_oracle_model) AS asked_oracle_model,
    count(*) AS decisions,
    sum(m.cost_usd)::DECIMAL(18, 9) AS chosen_usd,
    sum(m.asked_usd)::DECIMAL(18, 9) AS asked_chosen_usd,
    sum(m.asked_usd - m.asked_oracle_usd)::DECIMAL(18, 9) AS lost_usd
FROM bank_decisions AS d
JOIN whatif_menus AS m
    ON m.problem_id = d.problem_id AND m.catalog_id = d.catalog_id
    AND m.is_simulated = d.is_simulated AND m.model_id = d.selected_model
WHERE d.judged_by = 'bank' AND m.is_oracle AND NOT m.asked_is_oracle
GROUP BY d.kind, d.policy, d.is_simulated, d.problem_id, d.catalog_id, d.selected_model
ORDER BY lost_usd DESC NULLS LAST, d.kind, d.policy, d.problem_id, d.catalog_id
LIMIT $most
