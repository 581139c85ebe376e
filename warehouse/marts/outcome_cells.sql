-- What: The outcome bank as a table of problems and models: how good and how dear each is, over all
-- samples.
-- Grain: problem_id, model_id.
-- Trap: A model without an answer to a problem has no row there: a missing cell is not a wrong answer.
-- score is the mean score, solved the share of samples with a full one; both are NULL where only a
-- cost is known. Where a model and a stand-in answered, only the model counts. Tokens are sums over
-- token_samples; cost_usd is their mean cost at the price that holds last, or what was recorded.
-- Needs: fct_outcome
CREATE OR REPLACE VIEW outcome_cells AS
SELECT
    o.problem_id, o.model_id,
    min(o.data_source) AS data_source,
    bool_and(o.is_simulated) AS is_simulated,
    count(*) AS samples,
    count(*) FILTER (WHERE o.is_judged) AS judged,
    avg(o.score) AS score,
    avg(o.is_correct::INT) AS solved,
    CASE
        WHEN count(*) FILTER (WHERE o.cost_basis = 'tokens') > 0 THEN 'tokens'
        WHEN count(o.cost_basis) > 0 THEN 'recorded'
    END AS cost_basis,
    if(
        count(*) FILTER (WHERE o.cost_basis = 'tokens') > 0,
        avg(o.cost_usd) FILTER (WHERE o.cost_basis = 'tokens'),
        avg(o.cost_usd)
    )::DECIMAL(18, 9) AS cost_usd,
    count(coalesce(o.input_tokens, o.output_tokens)) AS token_samples,
    sum(o.input_tokens)::BIGINT AS input_tokens,
    sum(o.cached_input_tokens)::BIGINT AS cached_input_tokens,
    sum(o.output_tokens)::BIGINT AS output_tokens,
    avg(o.recorded_cost_usd)::DECIMAL(18, 9) AS recorded_cost_usd,
    avg(o.seconds) AS seconds
FROM fct_outcome AS o
WHERE NOT o.is_simulated OR NOT EXISTS (
    FROM outcomes AS r
    WHERE r.source <> 'simulated' AND r.problem_id = o.problem_id AND r.model_id = o.model_id
        -- Nothing else changes by this line but the time it takes: most banks have no stand-ins.
        AND r.problem_id IN (SELECT problem_id FROM outcomes WHERE source = 'simulated')
)
GROUP BY o.problem_id, o.model_id
