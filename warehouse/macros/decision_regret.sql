-- What: Regret of every decision on a problem of the outcome bank, at a stated weight of cost: what the
-- best offered model would have been worth, less what the decision was worth.
-- Grain: episode_id.
-- Source: regret against an oracle as in bandits, regret = utility(oracle) - utility(decision), with
-- the utility of pipeline/reward: right * (k - penalty(cost)). Among answers with one sample the
-- oracle is the best score, then the cheapest; with several it is the highest expected utility, then
-- the best score, then the cheapest.
-- Trap: decision_regret(weight := 2.0, unit := 'reference', shape := 'smooth', k := 1.0, cap := 0.8);
-- unit 'usd' or 'reference' (reference_usd of menu_cells: the dearest premium model on this problem, by
-- the bank), shape 'smooth', 'clip' or 'linear' (score - weight * cost, where cheap and wrong may be
-- best). Never negative where judged_by is 'bank': both sides are then the bank's, over one menu at its
-- prices. Decisions judged_by 'episode' may beat every single model, and then regret is negative: name
-- judged_by when you average. NULL where a cost is unknown and the weight is not 0.
-- Needs: bank_decisions, menu_cells, cost_in_units, utility
CREATE OR REPLACE MACRO decision_regret(
    weight := 2.0, unit := 'reference', shape := 'smooth', k := 1.0, cap := 0.8
) AS TABLE
WITH best AS (
    SELECT
        problem_id, catalog_id, is_simulated,
        any_value(reference_usd) AS reference_usd,
        count(*) AS offered,
        arg_min(
            {'model_id': model_id, 'model_tier': model_tier, 'score': score, 'solved': solved,
            'cost_usd': cost_usd,
            'utility': utility(
                score, solved, cost_in_units(cost_usd, unit, reference_usd), weight, shape, k, cap
            )},
            (
                -coalesce(utility(
                    score, solved, cost_in_units(cost_usd, unit, reference_usd), weight, shape, k, cap
                ), '-inf'::DOUBLE),
                -score, cost_usd IS NULL, coalesce(cost_usd, 0), output_per_million,
                input_per_million, position
            )
        ) AS pick
    FROM menu_cells
    GROUP BY problem_id, catalog_id, is_simulated
)

SELECT
    d.episode_id, d.day, d.run_id, d.kind, d.policy, d.policy_revision, d.problem_id, d.catalog_id,
    d.tier, d.mode, d.is_simulated, d.judged_by, d.selected_model, d.model_tier,
    d.score, d.solved, d.cost_usd,
    b.pick.model_id AS oracle_model,
    b.pick.model_tier AS oracle_tier,
    b.pick.score AS oracle_score,
    b.pick.solved AS oracle_solved,
    b.pick.cost_usd AS oracle_cost_usd,
    b.offered,
    b.reference_usd,
    utility(
        d.score, d.solved, cost_in_units(d.cost_usd, unit, b.reference_usd), weight, shape, k, cap
    ) AS utility,
    b.pick.utility AS oracle_utility,
    b.pick.utility - utility(
        d.score, d.solved, cost_in_units(d.cost_usd, unit, b.reference_usd), weight, shape, k, cap
    ) AS regret,
    (d.cost_usd - b.pick.cost_usd)::DECIMAL(18, 9) AS extra_usd
FROM bank_decisions AS d
JOIN best AS b
    ON b.problem_id = d.problem_id AND b.catalog_id = d.catalog_id
    AND b.is_simulated = d.is_simulated
