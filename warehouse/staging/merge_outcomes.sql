-- Outcomes of one file. What is graded again replaces what was there; a stand-in never replaces a
-- model's answer.
MERGE INTO outcomes AS o
USING (
    SELECT
        problem_id, model_id, sample, verdict, score, input_tokens, cached_input_tokens,
        output_tokens, reasoning_tokens, seconds, cost_usd::DECIMAL(18, 9) AS cost_usd, text, source,
        data_source, collected_at
    FROM read_parquet($file)
) AS i
    ON (o.problem_id, o.model_id, o.sample) = (i.problem_id, i.model_id, i.sample)
WHEN MATCHED AND i.source = 'simulated' AND o.source <> 'simulated' THEN DO NOTHING
WHEN MATCHED AND o IS DISTINCT FROM i THEN UPDATE BY NAME
WHEN NOT MATCHED THEN INSERT BY NAME
