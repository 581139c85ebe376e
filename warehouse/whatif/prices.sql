-- What: The asked prices next to those that hold last, of every model that was called or is in the bank.
-- Grain: model_id.
-- Trap: A model that the asked list lacks keeps what it costs now; known_as tells which list that is.
SELECT
    m.model_id,
    b.price_list AS known_as,
    b.input_per_million, b.output_per_million,
    w.input_per_million AS asked_input_per_million,
    w.output_per_million AS asked_output_per_million,
    (w.output_per_million / nullif(b.output_per_million, 0))::DOUBLE AS output_factor,
    w.model_id IS NOT NULL AS is_asked
FROM (
    SELECT DISTINCT model_id FROM call_sums WHERE model_id IS NOT NULL
    UNION
    SELECT DISTINCT model_id FROM outcomes
) AS m
LEFT JOIN base_price AS b USING (model_id)
LEFT JOIN whatif_prices AS w USING (model_id)
ORDER BY m.model_id
