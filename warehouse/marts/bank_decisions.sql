-- What: Decisions whose problem the outcome bank knows: the model that an episode returned, what the
-- bank says of it at the menu's prices, and what the episode itself came to.
-- Grain: episode_id.
-- Trap: judged_by is 'bank' where a reply was returned word for word (mode select) by a model with a
-- judged answer in the bank, and 'episode' otherwise: synthesised, direct and failed answers have only
-- their own verdict. Of a bank decision score and solved are the bank's; cost_usd is the bank's cost of
-- the model returned or, if other calls were made too, what was billed for all, and never less; router
-- tokens come on top. Ungraded and unjudged answers of judged_by 'episode' are left out. An answer
-- that failed is wrong. problem_id is the bank's, where it knows the problem under an id of its own.
-- Needs: menu_cells
CREATE OR REPLACE VIEW bank_decisions AS
WITH decided AS (
    SELECT
        e.episode_id, e.day, e.run_id, e.kind, e.policy, e.policy_revision,
        coalesce(e.bank_problem_id, e.problem_id) AS problem_id,
        e.catalog_id, e.tier, e.mode, e.models, e.selected_model, e.calls_made,
        e.simulated AS is_simulated,
        e.router_cost_usd, e.calls_cost_usd, e.total_cost_usd, e.verdict, e.quality, e.propensity,
        e.cost_weight, e.reward,
        if(e.mode = 'select', e.selected_model, NULL) AS chosen
    FROM episodes AS e
    WHERE coalesce(e.bank_problem_id, e.problem_id) IN (SELECT problem_id FROM outcomes)
)

SELECT
    d.episode_id, d.day, d.run_id, d.kind, d.policy, d.policy_revision, d.problem_id, d.catalog_id,
    d.tier, d.mode, d.is_simulated, d.selected_model, c.model_tier, c.position,
    if(c.position IS NULL, 'episode', 'bank') AS judged_by,
    CASE
        WHEN c.position IS NOT NULL THEN c.score
        WHEN d.mode = 'failed' THEN 0
        ELSE coalesce(d.quality, (d.verdict = 'correct')::INT)
    END::DOUBLE AS score,
    CASE
        WHEN c.position IS NOT NULL THEN c.solved
        WHEN d.mode = 'failed' THEN 0
        ELSE (d.verdict = 'correct')::INT
    END::DOUBLE AS solved,
    CASE
        WHEN c.position IS NULL THEN d.total_cost_usd
        WHEN d.calls_made > 1 THEN greatest(d.calls_cost_usd, c.cost_usd) + d.router_cost_usd
        ELSE c.cost_usd + d.router_cost_usd
    END::DECIMAL(18, 9) AS cost_usd,
    c.cost_usd AS choice_cost_usd,
    d.total_cost_usd AS billed_usd,
    d.verdict, d.propensity, d.cost_weight, d.reward
FROM decided AS d
LEFT JOIN menu_cells AS c
    ON c.problem_id = d.problem_id AND c.catalog_id = d.catalog_id
    AND c.is_simulated = d.is_simulated AND c.model_id = d.chosen
WHERE c.position IS NOT NULL OR d.mode = 'failed'
    OR (d.verdict IS NOT NULL AND d.verdict <> 'ungraded')
