-- What: Why episodes failed or met a limit, and their share among all of the policy.
-- Grain: kind, policy, policy_revision, mode, error_type, is_simulated.
-- Trap: An episode that met a limit may have an answer all the same: its mode is not 'failed' then.
CREATE OR REPLACE VIEW episode_failures AS
SELECT
    *,
    episodes / sum(episodes) OVER (PARTITION BY kind, policy, policy_revision, is_simulated) AS share
FROM (
    SELECT
        kind, policy, policy_revision, mode, error_type, is_simulated,
        sum(episodes)::BIGINT AS episodes,
        sum(total_cost_usd)::DECIMAL(18, 9) AS total_cost_usd
    FROM episode_sums
    GROUP BY ALL
)
QUALIFY error_type IS NOT NULL
