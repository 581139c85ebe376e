-- What: What deciding costs beside what is decided: the policy's own tokens against those of the
-- models it calls.
-- Grain: one row per kind, policy and simulated or not.
-- Trap: A rule has no tokens of its own. The time that a policy takes is in seconds of episodes, with
-- that of its calls.
SELECT
    kind, policy, is_simulated,
    sum(episodes)::BIGINT AS episodes,
    sum(router_cost_usd)::DECIMAL(18, 9) AS router_usd,
    sum(calls_cost_usd)::DECIMAL(18, 9) AS calls_usd,
    round((sum(router_cost_usd) / nullif(sum(total_cost_usd), 0))::DOUBLE, 4) AS router_share,
    round(sum(seconds) / sum(episodes), 3) AS seconds_per_episode
FROM episode_sums
GROUP BY ALL
ORDER BY router_usd DESC, kind, policy, is_simulated
