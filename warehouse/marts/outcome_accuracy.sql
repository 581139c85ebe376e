-- What: How good and how dear each model is over the problems of the outcome bank.
-- Grain: data_source, model_id, source.
-- Trap: Ungraded answers (a fault of ours) count neither way. accuracy is the mean score, which may
-- lie between right and wrong; cost_usd sums only what is known as a cost, not as tokens.
CREATE OR REPLACE VIEW outcome_accuracy AS
SELECT
    data_source, model_id, source,
    source = 'simulated' AS is_simulated,
    count(*) AS outcomes,
    count(DISTINCT problem_id) AS problems,
    count(score) FILTER (WHERE verdict IS DISTINCT FROM 'ungraded') AS judged,
    avg(score) FILTER (WHERE verdict IS DISTINCT FROM 'ungraded') AS accuracy,
    sum(input_tokens)::BIGINT AS input_tokens,
    sum(output_tokens)::BIGINT AS output_tokens,
    sum(cost_usd)::DECIMAL(18, 9) AS cost_usd
FROM outcomes
GROUP BY ALL
