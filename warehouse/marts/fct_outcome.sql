-- What: Answers of the outcome bank, without their texts: who was right, and what it cost.
-- Grain: problem_id, model_id, sample.
-- Trap: cost_usd is at the price that holds last where tokens and a price are known (cost_basis
-- 'tokens'), else the cost that came with the answer ('recorded'), else NULL. is_correct and score are
-- NULL where nothing judged the answer: an ungraded answer is no wrong one.
-- Needs: base_price, usage_cost
CREATE OR REPLACE VIEW fct_outcome AS
WITH priced AS (
    SELECT
        o.problem_id, o.model_id, o.sample, o.data_source, o.source, o.collected_at, o.verdict,
        o.score AS given_score, o.input_tokens, o.cached_input_tokens, o.output_tokens,
        o.reasoning_tokens, o.seconds, o.cost_usd AS recorded_cost_usd,
        coalesce(o.input_tokens > p.above_tokens, false) AS is_long,
        usage_cost(
            o.input_tokens, o.cached_input_tokens, o.output_tokens,
            if(is_long, p.input_per_million_above, p.input_per_million),
            if(is_long, p.output_per_million_above, p.output_per_million),
            -- The cached price moves with the price of prompts.
            if(
                is_long AND p.input_per_million > 0,
                p.cached_input_per_million * p.input_per_million_above / p.input_per_million,
                p.cached_input_per_million
            )
        ) AS token_cost_usd
    FROM outcomes AS o
    LEFT JOIN base_price AS p USING (model_id)
)

SELECT
    problem_id, model_id, sample, data_source, source, collected_at,
    source = 'simulated' AS is_simulated,
    verdict,
    verdict IS DISTINCT FROM 'ungraded' AND coalesce(given_score, (verdict = 'correct')::INT) IS NOT NULL
        AS is_judged,
    if(is_judged, coalesce(given_score, (verdict = 'correct')::INT), NULL)::DOUBLE AS score,
    if(is_judged, coalesce(given_score >= 1, verdict = 'correct'), NULL) AS is_correct,
    input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, seconds,
    coalesce(token_cost_usd, recorded_cost_usd) AS cost_usd,
    CASE
        WHEN token_cost_usd IS NOT NULL THEN 'tokens'
        WHEN recorded_cost_usd IS NOT NULL THEN 'recorded'
    END AS cost_basis,
    recorded_cost_usd
FROM priced
