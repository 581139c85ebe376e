-- What: How far each policy stays behind the oracle of its menus: mean regret in rewards, how often it
-- took the oracle's answer, and what it paid next to the oracle.
-- Grain: one row per kind, policy, revision and simulated or not.
-- Trap: Weight 2 in the unit 'reference', as rewards are by default: change the first argument to ask at
-- another weight. Decisions that only the episode judges (synthesised, direct, failed) are counted, but
-- are in no mean. Training tries things out on purpose and is left out.
SELECT
    kind, policy, policy_revision, is_simulated,
    count(*) FILTER (WHERE judged_by = 'bank') AS decisions,
    count(*) FILTER (WHERE judged_by = 'episode') AS judged_by_episode,
    round(avg(regret) FILTER (WHERE judged_by = 'bank'), 6) AS mean_regret,
    round(avg((regret = 0)::INT) FILTER (WHERE judged_by = 'bank'), 4) AS as_good_as_oracle,
    round(avg(solved) FILTER (WHERE judged_by = 'bank'), 4) AS solved,
    round(avg(oracle_solved) FILTER (WHERE judged_by = 'bank'), 4) AS oracle_solved,
    sum(cost_usd) FILTER (WHERE judged_by = 'bank')::DECIMAL(18, 9) AS paid_usd,
    sum(oracle_cost_usd) FILTER (WHERE judged_by = 'bank')::DECIMAL(18, 9) AS oracle_usd
FROM decision_regret(weight := 2.0, unit := 'reference', shape := 'smooth')
WHERE kind <> 'train'
GROUP BY kind, policy, policy_revision, is_simulated
ORDER BY is_simulated, kind, mean_regret NULLS LAST, policy, policy_revision
