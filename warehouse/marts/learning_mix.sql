-- What: Which models a policy in training calls as its steps go on.
-- Grain: run_id, kind, step, tier, model_id.
-- Trap: tier, that of the problem, 'all' repeats the others. per_episode counts refused calls, which
-- name no model of the menu or break a limit; its sum over the models is the calls of an episode.
-- Needs: learning_curve
CREATE OR REPLACE VIEW learning_mix AS
SELECT m.*, m.calls / t.episodes AS per_episode
FROM (
    SELECT
        e.run_id, e.kind, try_cast(e.policy_revision AS INTEGER) AS step,
        if(grouping(coalesce(e.tier, 'unknown')) = 1, 'all', coalesce(e.tier, 'unknown')) AS tier,
        coalesce(c.model_id, 'none of the menu') AS model_id,
        bool_or(c.simulated) AS is_simulated,
        count(*) AS calls,
        count(*) FILTER (WHERE c.selected) AS selected,
        sum(c.cost_usd)::DECIMAL(18, 9) AS cost_usd
    FROM calls AS c
    JOIN episodes AS e USING (episode_id)
    WHERE e.kind IN ('train', 'validate') AND try_cast(e.policy_revision AS INTEGER) IS NOT NULL
    GROUP BY GROUPING SETS (
        (e.run_id, e.kind, e.policy_revision, coalesce(c.model_id, 'none of the menu'),
            coalesce(e.tier, 'unknown')),
        (e.run_id, e.kind, e.policy_revision, coalesce(c.model_id, 'none of the menu'))
    )
) AS m
JOIN learning_curve AS t USING (run_id, kind, step, tier)
