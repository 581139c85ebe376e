-- What: Decisions that were wrong, though a dearer model on the menu would have been right: money paid for nothing.
-- Grain: kind, policy, policy_revision, model_id, tier, is_simulated.
-- Trap: decisions counts every decision for the model on problems of the outcome bank, faults of
-- either sort or not. lost_usd is what the wrong answers cost; upgrade_usd is what right ones would have cost on top. tier is that of the problem,
-- model_tier that of the model on the menu.
-- Needs: routing_faults
CREATE OR REPLACE VIEW under_routing AS
SELECT
    kind, policy, policy_revision, model_id, model_tier, coalesce(tier, 'unknown') AS tier,
    is_simulated,
    count(*) AS decisions,
    count(*) FILTER (WHERE fault = 'under') AS faults,
    faults / count(*) AS share,
    sum(under_usd)::DECIMAL(18, 9) AS lost_usd,
    sum(upgrade_usd)::DECIMAL(18, 9) AS upgrade_usd,
    sum(cost_usd)::DECIMAL(18, 9) AS paid_usd
FROM routing_faults
GROUP BY ALL
