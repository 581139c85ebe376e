-- Events of one file of a price history that the store lacks.
INSERT INTO price_events BY NAME
SELECT
    event_id, price_list, model, identity, seller, mode, kind, effective_at, relists,
    input_per_million::DECIMAL(18, 9) AS input_per_million,
    output_per_million::DECIMAL(18, 9) AS output_per_million,
    cached_input_per_million::DECIMAL(18, 9) AS cached_input_per_million,
    cache_write_per_million::DECIMAL(18, 9) AS cache_write_per_million,
    reasoning_per_million::DECIMAL(18, 9) AS reasoning_per_million,
    above_tokens,
    input_per_million_above::DECIMAL(18, 9) AS input_per_million_above,
    output_per_million_above::DECIMAL(18, 9) AS output_per_million_above,
    max_input_tokens, max_output_tokens, retires_on, status, slip, holds, void_from, reason, origin
FROM read_parquet($file)
ANTI JOIN price_events USING (event_id)
