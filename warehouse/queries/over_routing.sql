-- What: Where a dearer model was called than was needed: right answers that a cheaper model on the menu
-- would have given, too, and the money that this lost, per model and tier.
-- Grain: one row per kind, policy, model, tier of the problem and simulated or not.
-- Trap: Only decisions on problems of the outcome bank that returned one model's reply. Cheaper is by
-- what the models cost on that very problem at the menu's prices. Training tries things out on purpose
-- and is left out.
SELECT
    kind, policy, model_id, model_tier, tier, is_simulated,
    sum(decisions)::BIGINT AS decisions,
    sum(faults)::BIGINT AS over_routed,
    round(sum(faults) / sum(decisions), 4) AS share,
    sum(lost_usd)::DECIMAL(18, 9) AS lost_usd,
    sum(paid_usd)::DECIMAL(18, 9) AS paid_usd
FROM over_routing
WHERE kind <> 'train'
GROUP BY ALL
HAVING sum(faults) > 0
ORDER BY is_simulated, lost_usd DESC NULLS LAST, kind, policy, model_id, tier
