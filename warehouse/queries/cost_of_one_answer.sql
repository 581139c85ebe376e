-- What: What one answer of a reference would have cost at the prices that each model had in the rows
-- of its problem: mean and range in USD, per model.
-- Grain: one row per build and model.
-- Trap: Uses the reference's token counts for every model, which write more or less; attempts without
-- token counts are left out.
WITH tokens AS (
    SELECT
        build_id, problem_id,
        avg(coalesce(prompt_tokens, 0)) AS prompt, avg(completion_tokens) AS completion
    FROM attempts
    WHERE completion_tokens IS NOT NULL
    GROUP BY build_id, problem_id
),

costs AS (
    SELECT
        x.build_id, c.model_id,
        (t.prompt * c.input_per_million + t.completion * c.output_per_million) / 1e6 AS usd
    FROM examples AS x
    JOIN tokens AS t USING (build_id, problem_id)
    JOIN catalog_entries AS c USING (build_id, catalog_id)
)

SELECT
    build_id, model_id, count(*) AS offers,
    round(avg(usd), 9) AS mean_usd, round(min(usd), 9) AS least_usd, round(max(usd), 9) AS most_usd
FROM costs
GROUP BY build_id, model_id
ORDER BY build_id, mean_usd, model_id
