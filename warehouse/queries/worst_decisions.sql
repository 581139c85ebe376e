-- What: The decisions that lost most money: the model that answered, the one that should have, and the
-- difference.
-- Grain: one row per episode, at most 20.
-- Trap: Weight 2 in the unit 'reference'. Money lost to a right but dear answer; wrong answers show in
-- under_routing. Training is left out.
SELECT
    episode_id, kind, policy, problem_id, selected_model, oracle_model, cost_usd, oracle_cost_usd,
    extra_usd, round(regret, 4) AS regret, is_simulated
FROM decision_regret(weight := 2.0)
WHERE judged_by = 'bank' AND solved > 0 AND kind <> 'train'
ORDER BY extra_usd DESC NULLS LAST, episode_id
LIMIT 20
