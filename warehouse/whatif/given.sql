-- What: The asked prices: those of rows that were read from a file, times the worth of their currency.
CREATE OR REPLACE TEMP TABLE whatif_prices AS
SELECT
    model_id,
    (input_per_million::DECIMAL(18, 9) * $rate::DECIMAL(18, 9))::DECIMAL(18, 9) AS input_per_million,
    (output_per_million::DECIMAL(18, 9) * $rate::DECIMAL(18, 9))::DECIMAL(18, 9)
        AS output_per_million,
    (cached_input_per_million::DECIMAL(18, 9) * $rate::DECIMAL(18, 9))::DECIMAL(18, 9)
        AS cached_input_per_million,
    above_tokens::BIGINT AS above_tokens,
    (input_per_million_above::DECIMAL(18, 9) * $rate::DECIMAL(18, 9))::DECIMAL(18, 9)
        AS input_per_million_above,
    (output_per_million_above::DECIMAL(18, 9) * $rate::DECIMAL(18, 9))::DECIMAL(18, 9)
        AS output_per_million_above
FROM given_prices
