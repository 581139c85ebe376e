-- What: Who is best at which price of money: mean regret of each policy at four weights of cost, from not
-- caring about cost to caring a lot.
-- Grain: one row per kind, policy and simulated or not.
-- Trap: In the unit 'reference' a cost of 1 is one call of the dearest premium model on offer. Only
-- decisions that the bank can judge. Smaller is better, 0 is the oracle. One oracle serves all weights,
-- as with one sample per cell it does not depend on them. Training is left out.
WITH costs AS (
    SELECT
        *,
        cost_in_units(cost_usd, 'reference', reference_usd) AS cost,
        cost_in_units(oracle_cost_usd, 'reference', reference_usd) AS oracle_cost
    FROM decision_regret(weight := 2, unit := 'reference', shape := 'smooth')
    WHERE judged_by = 'bank' AND kind <> 'train'
),

regrets AS (
    SELECT
        kind, policy, is_simulated, weight,
        utility(oracle_score, oracle_solved, oracle_cost, weight, 'smooth', 1, 0.8)
            - utility(score, solved, cost, weight, 'smooth', 1, 0.8) AS regret
    FROM costs, (VALUES (0.0), (0.5), (2.0), (10.0)) AS w(weight)
)

SELECT
    kind, policy, is_simulated,
    count(*) FILTER (WHERE weight = 0) AS decisions,
    round(avg(regret) FILTER (WHERE weight = 0), 6) AS weight_0,
    round(avg(regret) FILTER (WHERE weight = 0.5), 6) AS weight_half,
    round(avg(regret) FILTER (WHERE weight = 2), 6) AS weight_2,
    round(avg(regret) FILTER (WHERE weight = 10), 6) AS weight_10
FROM regrets
GROUP BY kind, policy, is_simulated
ORDER BY is_simulated, kind, weight_2 NULLS LAST, policy
