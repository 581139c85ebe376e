-- What: Mean cost in USD of the samples of a cell of the bank at a row of another price list; the cost
-- it has now where that list lacks the model or no tokens are known.
-- Source: cell_cost; prices of long prompts hold where the mean prompt is longer than above_tokens.
-- Trap: p is a row with input_per_million, output_per_million, cached_input_per_million, above_tokens
-- and the two prices above it. The cached price moves with the prompt price.
-- Needs: cell_cost
CREATE OR REPLACE MACRO asked_cost(
    token_samples, input_tokens, cached_tokens, output_tokens, cost_now, p
) AS
    CASE
        WHEN token_samples = 0 OR p.input_per_million IS NULL THEN cost_now
        WHEN input_tokens > p.above_tokens * token_samples
            THEN cell_cost(
                token_samples, input_tokens, cached_tokens, output_tokens, NULL,
                p.input_per_million_above, p.output_per_million_above,
                if(
                    p.input_per_million > 0,
                    p.cached_input_per_million * p.input_per_million_above / p.input_per_million,
                    p.cached_input_per_million
                )
            )
        ELSE cell_cost(
            token_samples, input_tokens, cached_tokens, output_tokens, NULL,
            p.input_per_million, p.output_per_million, p.cached_input_per_million
        )
    END::DECIMAL(18, 9)
