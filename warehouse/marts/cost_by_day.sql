-- What: What routing cost, by day, policy and mode.
-- Grain: day, kind, policy, policy_revision, mode, is_simulated.
-- Trap: Days are UTC. Simulated rows are never in one sum with others; list_cost_usd is what the same
-- calls cost at base prices, without the router's own tokens.
CREATE OR REPLACE VIEW cost_by_day AS
SELECT
    day, kind, policy, policy_revision, mode, is_simulated,
    sum(episodes)::BIGINT AS episodes,
    coalesce(sum(episodes) FILTER (WHERE mode = 'failed'), 0)::BIGINT AS failed,
    sum(calls_made)::BIGINT AS calls_made,
    sum(router_cost_usd)::DECIMAL(18, 9) AS router_cost_usd,
    sum(calls_cost_usd)::DECIMAL(18, 9) AS calls_cost_usd,
    sum(total_cost_usd)::DECIMAL(18, 9) AS total_cost_usd,
    sum(calls_list_cost_usd)::DECIMAL(18, 9) AS list_cost_usd,
    (sum(total_cost_usd) / sum(episodes))::DOUBLE AS usd_per_episode
FROM episode_sums
GROUP BY ALL
