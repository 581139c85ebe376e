-- What: Decisions that were right, though a cheaper model on the menu was right, too: money lost.
-- Grain: kind, policy, policy_revision, model_id, tier, is_simulated.
-- Trap: decisions counts every decision for the model on problems of the outcome bank, faults of
-- either sort or not. lost_usd is what the cheapest right model would have saved. tier is that of the problem,
-- model_tier that of the model on the menu.
-- Needs: routing_faults
CREATE OR REPLACE VIEW over_routing AS
SELECT
    kind, policy, policy_revision, model_id, model_tier, coalesce(tier, 'unknown') AS tier,
    is_simulated,
    count(*) AS decisions,
    count(*) FILTER (WHERE fault = 'over') AS faults,
    faults / count(*) AS share,
    sum(over_usd)::DECIMAL(18, 9) AS lost_usd,
    sum(cost_usd)::DECIMAL(18, 9) AS paid_usd
FROM routing_faults
GROUP BY ALL
