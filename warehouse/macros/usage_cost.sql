-- What: Cost in USD, to the billionth, of tokens at prices in USD per million tokens.
-- Source: pipeline/catalog/tariff.py: prompt tokens that were not read from a cache at the prompt's
-- price, cached ones at theirs, written ones (reasoning included) at the answer's.
-- Trap: Exact decimals, rounded once; no second tariff of long prompts. Without a price of cached
-- tokens they cost as much as others. NULL where both counts or a price are unknown.
CREATE OR REPLACE MACRO usage_cost(
    input_tokens, cached_tokens, output_tokens, input_price, output_price, cached_price
) AS (
    CASE WHEN coalesce(input_tokens, output_tokens) IS NOT NULL THEN
        (
            (coalesce(input_tokens, 0) - coalesce(cached_tokens, 0))::BIGINT * input_price::DECIMAL(18, 9)
            + coalesce(cached_tokens, 0)::BIGINT * coalesce(cached_price, input_price)::DECIMAL(18, 9)
            + coalesce(output_tokens, 0)::BIGINT * output_price::DECIMAL(18, 9)
        )::DECIMAL(30, 9) * 0.000001::DECIMAL(7, 6)
    END
)::DECIMAL(18, 9)
