-- What: What each model on offer would have come to: the outcome bank on the menus of the episodes that
-- asked a problem of it, at the prices those menus showed.
-- Grain: problem_id, catalog_id, is_simulated, position.
-- Trap: problem_id is the bank's. Models of the menu that the bank has no judged answer of are not here. Where the bank knows
-- tokens, cost_usd is at the menu's price, where it knows only a cost, that cost. For episodes with
-- stand-ins (is_simulated) cells of stand-ins count, too; for others only real answers do.
-- reference_usd is what the dearest premium model on offer costs on this problem, by the bank; without
-- one that costs anything the dearest of all, and where all are free, of all at base prices.
-- Needs: outcome_cells, cell_cost
CREATE OR REPLACE VIEW menu_cells AS
WITH asked AS (
    SELECT DISTINCT
        coalesce(bank_problem_id, problem_id) AS problem_id, catalog_id, simulated AS is_simulated
    FROM episodes
    WHERE problem_id IS NOT NULL
),

cells AS (
    SELECT
        a.problem_id, a.catalog_id, a.is_simulated, m.position, m.model_id, m.tier AS model_tier,
        c.score, c.solved, c.is_simulated AS cell_is_simulated,
        m.output_per_million, m.input_per_million,
        c.token_samples, c.input_tokens, c.cached_input_tokens, c.output_tokens,
        c.recorded_cost_usd,
        cell_cost(
            c.token_samples, c.input_tokens, c.cached_input_tokens, c.output_tokens,
            c.recorded_cost_usd, m.input_per_million, m.output_per_million,
            m.cached_input_per_million
        ) AS cost_usd,
        cell_cost(
            c.token_samples, c.input_tokens, c.cached_input_tokens, c.output_tokens,
            c.recorded_cost_usd, m.base_input_per_million, m.base_output_per_million, NULL
        ) AS base_cost_usd
    FROM asked AS a
    JOIN menu_entries AS m USING (catalog_id)
    JOIN outcome_cells AS c ON c.problem_id = a.problem_id AND c.model_id = m.model_id
    WHERE c.score IS NOT NULL AND (a.is_simulated OR NOT c.is_simulated)
)

SELECT
    *,
    coalesce(
        nullif(max(cost_usd) FILTER (WHERE model_tier = 'premium') OVER menu, 0),
        nullif(max(cost_usd) OVER menu, 0),
        max(base_cost_usd) OVER menu
    ) AS reference_usd
FROM cells
WINDOW menu AS (PARTITION BY problem_id, catalog_id, is_simulated)
