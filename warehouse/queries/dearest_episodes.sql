-- What: The episodes that cost most, with what they called.
-- Grain: one row per episode, at most 20.
-- Trap: Costs of simulated episodes are those the real models would have had.
SELECT
    episode_id, started_at, policy, mode, is_simulated, models, calls_made, total_cost_usd,
    round(seconds, 2) AS seconds
FROM fct_episode
ORDER BY total_cost_usd DESC, episode_id
LIMIT 20
