-- What: Each decision that returned one model's reply on a problem of the outcome bank, and whether
-- another model on its menu would have done better: over (right, but a cheaper one was, too), under
-- (wrong, and a dearer one was right), crossed (wrong, and only one no dearer was right), best
-- (right, none cheaper was), hopeless (wrong, as all were).
-- Grain: episode_id.
-- Trap: Right means a full score in at least half of the samples. Cheaper and dearer are by what the
-- models cost on this problem at the menu's prices (bank tokens), not by list price; where costs are
-- unknown, by the answer price shown. over_usd is what the cheapest right model would have saved,
-- under_usd what was paid for the wrong answer; what a right one would have cost more is upgrade_usd.
-- Other calls and the router's own tokens are not in these; see decision_regret.
-- Needs: bank_decisions, menu_cells
CREATE OR REPLACE VIEW routing_faults AS
WITH right_ones AS (
    SELECT
        problem_id, catalog_id, is_simulated,
        count(*) FILTER (WHERE solved >= 0.5) AS right_models,
        arg_min(
            {'model_id': model_id, 'model_tier': model_tier, 'cost_usd': cost_usd,
            'price': output_per_million},
            (cost_usd IS NULL, coalesce(cost_usd, 0), output_per_million, position)
        ) FILTER (WHERE solved >= 0.5) AS cheapest,
        max(cost_usd) FILTER (WHERE solved >= 0.5) AS dearest_usd,
        max(output_per_million) FILTER (WHERE solved >= 0.5) AS dearest_price,
        min(cost_usd) FILTER (WHERE solved >= 0.5) AS cheapest_usd
    FROM menu_cells
    GROUP BY problem_id, catalog_id, is_simulated
),

compared AS (
    SELECT
        d.episode_id, d.day, d.run_id, d.kind, d.policy, d.policy_revision, d.problem_id,
        d.catalog_id, d.tier, d.is_simulated, d.selected_model AS model_id, d.model_tier,
        d.solved >= 0.5 AS is_right,
        d.choice_cost_usd AS cost_usd,
        r.cheapest.model_id AS cheapest_right_model,
        r.cheapest.model_tier AS cheapest_right_tier,
        r.cheapest.cost_usd AS cheapest_right_usd,
        r.right_models,
        if(
            d.choice_cost_usd IS NULL OR r.cheapest_usd IS NULL,
            r.cheapest.price < m.output_per_million, r.cheapest_usd < d.choice_cost_usd
        ) AS cheaper_was_right,
        if(
            d.choice_cost_usd IS NULL OR r.dearest_usd IS NULL,
            r.dearest_price > m.output_per_million, r.dearest_usd > d.choice_cost_usd
        ) AS dearer_was_right
    FROM bank_decisions AS d
    JOIN right_ones AS r
        ON r.problem_id = d.problem_id AND r.catalog_id = d.catalog_id
        AND r.is_simulated = d.is_simulated
    JOIN menu_entries AS m ON m.catalog_id = d.catalog_id AND m.position = d.position
    WHERE d.judged_by = 'bank'
)

SELECT
    * EXCLUDE (cheaper_was_right, dearer_was_right),
    CASE
        WHEN is_right AND cheaper_was_right THEN 'over'
        WHEN is_right THEN 'best'
        WHEN right_models = 0 THEN 'hopeless'
        WHEN dearer_was_right THEN 'under'
        ELSE 'crossed'
    END AS fault,
    if(fault = 'over', cost_usd - cheapest_right_usd, 0)::DECIMAL(18, 9) AS over_usd,
    if(fault = 'under', cost_usd, 0)::DECIMAL(18, 9) AS under_usd,
    if(fault = 'under', cheapest_right_usd - cost_usd, 0)::DECIMAL(18, 9) AS upgrade_usd
FROM compared
