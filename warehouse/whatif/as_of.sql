-- What: The asked prices: those of a day, from the price history.
-- Trap: A model that no list had then is not there, and keeps what it costs now.
CREATE OR REPLACE TEMP TABLE whatif_prices AS
SELECT
    model_id, input_per_million, output_per_million, cached_input_per_million, above_tokens,
    input_per_million_above, output_per_million_above
FROM prices_at($moment::TIMESTAMP)
