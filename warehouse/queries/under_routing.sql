-- What: Where too weak a model was called: wrong answers that a dearer model on the menu would have given
-- right, what was paid for them, and what right ones would have cost on top, per model and tier.
-- Grain: one row per kind, policy, model, tier of the problem and simulated or not.
-- Trap: Only decisions on problems of the outcome bank that returned one model's reply. Answers that no
-- model on the menu had right are nobody's fault and not here. Training is left out.
SELECT
    kind, policy, model_id, model_tier, tier, is_simulated,
    sum(decisions)::BIGINT AS decisions,
    sum(faults)::BIGINT AS under_routed,
    round(sum(faults) / sum(decisions), 4) AS share,
    sum(lost_usd)::DECIMAL(18, 9) AS lost_usd,
    sum(upgrade_usd)::DECIMAL(18, 9) AS upgrade_usd
FROM under_routing
WHERE kind <> 'train'
GROUP BY ALL
HAVING sum(faults) > 0
ORDER BY is_simulated, under_routed DESC, kind, policy, model_id, tier
