-- What: What decides: every policy and revision with when it was seen, and how much it decided.
-- Grain: policy, policy_revision.
-- Trap: Episodes that stand-ins answered are counted apart, in simulated_episodes, and their cost is in
-- no sum here. The revision of a trained policy is its step.
CREATE OR REPLACE VIEW dim_policy AS
SELECT
    policy, policy_revision,
    list_sort(list(DISTINCT kind)) AS kinds,
    min(day) AS first_day,
    max(day) AS last_day,
    count(DISTINCT run_id) AS runs,
    coalesce(sum(episodes) FILTER (WHERE NOT is_simulated), 0)::BIGINT AS episodes,
    coalesce(sum(episodes) FILTER (WHERE is_simulated), 0)::BIGINT AS simulated_episodes,
    bool_and(is_simulated) AS is_simulated,
    coalesce(sum(total_cost_usd) FILTER (WHERE NOT is_simulated), 0)::DECIMAL(18, 9) AS total_cost_usd
FROM episode_sums
GROUP BY policy, policy_revision
