-- What: Mean cost in USD of the samples of a cell of the bank at given prices: from tokens where any
-- sample has them, else as recorded.
-- Trap: A mean of several samples is rounded to the billionth; of one it is exact.
-- Needs: usage_cost
CREATE OR REPLACE MACRO cell_cost(
    token_samples, input_tokens, cached_tokens, output_tokens, recorded,
    input_price, output_price, cached_price
) AS (
    CASE
        WHEN token_samples = 0 OR input_price IS NULL THEN recorded
        WHEN token_samples = 1
            THEN usage_cost(
                input_tokens, cached_tokens, output_tokens, input_price, output_price, cached_price
            )
        ELSE
            usage_cost(
                input_tokens, cached_tokens, output_tokens, input_price, output_price, cached_price
            ) / token_samples
    END
)::DECIMAL(18, 9)
