-- What: Which models a policy in training calls as its steps go on.
-- Grain: run_id, kind, step, tier, model_id.
-- Trap: tier, that of the problem, 'all' repeats the others. per_episode counts refused calls, which
-- name no model of the menu or break a limit; its sum over the models is the calls of an episode.
CREATE OR REPLACE VIEW learning_mix AS
WITH mix AS (
    SELECT
        run_id, kind, try_cast(policy_revision AS INTEGER) AS step,
        if(grouping(coalesce(tier, 'unknown')) = 1, 'all', coalesce(tier, 'unknown')) AS tier,
        coalesce(model_id, 'none of the menu') AS model_id,
        bool_or(is_simulated) AS is_simulated,
        sum(calls)::BIGINT AS calls,
        sum(selected)::BIGINT AS selected,
        sum(cost_usd)::DECIMAL(18, 9) AS cost_usd
    FROM call_sums
    WHERE kind IN ('train', 'validate') AND try_cast(policy_revision AS INTEGER) IS NOT NULL
    GROUP BY GROUPING SETS (
        (run_id, kind, policy_revision, coalesce(model_id, 'none of the menu'),
            coalesce(tier, 'unknown')),
        (run_id, kind, policy_revision, coalesce(model_id, 'none of the menu'))
    )
),

played AS (
    SELECT
        run_id, kind, try_cast(policy_revision AS INTEGER) AS step,
        if(grouping(coalesce(tier, 'unknown')) = 1, 'all', coalesce(tier, 'unknown')) AS tier,
        sum(episodes) AS episodes
    FROM episode_sums
    WHERE kind IN ('train', 'validate') AND try_cast(policy_revision AS INTEGER) IS NOT NULL
    GROUP BY GROUPING SETS (
        (run_id, kind, policy_revision, coalesce(tier, 'unknown')), (run_id, kind, policy_revision)
    )
)

SELECT mix.*, mix.calls / played.episodes AS per_episode
FROM mix
JOIN played USING (run_id, kind, step, tier)
