-- What: Decisions of one policy as off-policy estimates need them: the first model it called, how likely
-- that was, and what came of it.
-- Grain: episode_id.
-- Source: contextual bandits: context (problem and menu), action, propensity, reward.
-- Trap: logged_decisions('policy', 'evaluate', 'score'); measure is score, solved, reward or cost_usd.
-- The action is the first call, whatever became of it, or '(direct)'. Episodes without a value of the
-- measure are left out; a failed one has score 0.
-- Needs: resampling_unit
CREATE OR REPLACE MACRO logged_decisions(of_policy, of_kind, measure) AS TABLE
SELECT *
FROM (
    SELECT
        e.episode_id, e.problem_id, e.catalog_id, m.offered, e.propensity,
        coalesce(e.tier, 'unknown') AS tier,
        e.simulated AS is_simulated,
        coalesce(f.model_id, '(direct)') AS action,
        resampling_unit(coalesce(e.problem_id, e.episode_id)) AS unit,
        CASE
            WHEN measure NOT IN ('score', 'solved', 'reward', 'cost_usd') THEN error(
                'measure ''' || measure || ''' is not known; use score, solved, reward or cost_usd'
            )::DOUBLE
            WHEN measure = 'cost_usd' THEN e.total_cost_usd::DOUBLE
            WHEN e.verdict = 'ungraded' THEN NULL
            WHEN measure = 'reward' THEN e.reward
            WHEN e.mode = 'failed' THEN 0
            WHEN measure = 'solved' THEN (e.verdict = 'correct')::INT
            ELSE coalesce(e.quality, (e.verdict = 'correct')::INT)
        END AS value
    FROM episodes AS e
    LEFT JOIN calls AS f
        ON f.episode_id = e.episode_id AND f.day = e.day AND f.call_index = 0
        AND f.policy = of_policy AND f.kind = of_kind
    LEFT JOIN (
        SELECT catalog_id, list(model_id ORDER BY position) AS offered
        FROM menu_entries
        GROUP BY catalog_id
    ) AS m ON m.catalog_id = e.catalog_id
    WHERE e.policy = of_policy AND e.kind = of_kind
)
WHERE value IS NOT NULL
