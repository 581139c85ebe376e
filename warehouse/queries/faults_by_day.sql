-- What: Whether routing gets better: shares of best, over-routed and under-routed decisions by day.
-- Grain: one row per day, kind, policy and simulated or not.
-- Trap: Only decisions that returned one model's reply on a problem of the outcome bank. Shares do not
-- add up to 1: wrong answers that no model, or only a cheaper one, had right are left out, and so is training.
SELECT
    day, kind, policy, is_simulated,
    count(*) AS decisions,
    round(avg((fault = 'best')::INT), 4) AS best,
    round(avg((fault = 'over')::INT), 4) AS over_routed,
    round(avg((fault = 'under')::INT), 4) AS under_routed,
    sum(over_usd)::DECIMAL(18, 9) AS over_usd,
    sum(under_usd)::DECIMAL(18, 9) AS under_usd
FROM routing_faults
WHERE kind <> 'train'
GROUP BY ALL
ORDER BY is_simulated, day DESC, kind, policy
LIMIT 100
