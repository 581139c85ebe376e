-- What: The oracle of every menu that was decided on, at its own prices and at the asked ones, and what
-- every model on it would cost at both.
-- Grain: problem_id, catalog_id, is_simulated, model_id.
-- Trap: Oracle as ever: best score, then cheapest; an answer as good and as cheap as the oracle's is one,
-- too (is_oracle, asked_is_oracle). Models that the asked list lacks keep the price of the menu.
CREATE OR REPLACE TEMP TABLE whatif_menus AS
WITH costs AS (
    SELECT
        c.problem_id, c.catalog_id, c.is_simulated, c.model_id, c.score, c.cost_usd, c.position,
        c.output_per_million,
        asked_cost(
            c.token_samples, c.input_tokens, c.cached_input_tokens, c.output_tokens, c.cost_usd, w
        ) AS asked_usd,
        coalesce(w.output_per_million, c.output_per_million) AS asked_per_million
    FROM menu_cells AS c
    LEFT JOIN whatif_prices AS w USING (model_id)
),

picks AS (
    SELECT
        problem_id, catalog_id, is_simulated,
        max(score) AS score,
        arg_min({'model_id': model_id, 'usd': cost_usd}, (
            -score, cost_usd IS NULL, coalesce(cost_usd, 0), output_per_million, position
        )) AS best,
        arg_min({'model_id': model_id, 'usd': asked_usd}, (
            -score, asked_usd IS NULL, coalesce(asked_usd, 0), asked_per_million, position
        )) AS asked_best
    FROM costs
    GROUP BY problem_id, catalog_id, is_simulated
)

SELECT
    c.problem_id, c.catalog_id, c.is_simulated, c.model_id, c.score, c.cost_usd, c.asked_usd,
    p.score AS oracle_score,
    p.best.model_id AS oracle_model, p.best.usd AS oracle_usd,
    p.asked_best.model_id AS asked_oracle_model, p.asked_best.usd AS asked_oracle_usd,
    c.score = p.score AND (c.model_id = p.best.model_id OR c.cost_usd = p.best.usd) IS TRUE
        AS is_oracle,
    c.score = p.score AND (c.model_id = p.asked_best.model_id OR c.asked_usd = p.asked_best.usd) IS TRUE
        AS asked_is_oracle
FROM costs AS c
JOIN picks AS p USING (problem_id, catalog_id, is_simulated)
