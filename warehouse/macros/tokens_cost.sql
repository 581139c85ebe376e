-- What: Cost in USD, to the billionth, of a call's tokens at a row of price_intervals.
-- Source: As LiteLLM and OpenRouter bill: cached prompt tokens and reasoning at prices of their own,
-- where there are any; above above_tokens the prices of long prompts hold for every token.
-- Trap: Cached tokens are part of the prompt and reasoning is part of the answer. The cached price of
-- long prompts moves with the prompt price. NULL without prices.
CREATE OR REPLACE MACRO tokens_cost(read_tokens, cached_tokens, written_tokens, thought_tokens, p) AS
(CASE
    WHEN read_tokens > p.above_tokens AND p.input_per_million_above IS NOT NULL THEN
        (read_tokens - cached_tokens)::BIGINT * p.input_per_million_above
        + cached_tokens::BIGINT * coalesce(
            p.cached_input_per_million::DOUBLE * p.input_per_million_above::DOUBLE
            / nullif(p.input_per_million::DOUBLE, 0),
            p.input_per_million_above::DOUBLE
        )::DECIMAL(18, 9)
        + written_tokens::BIGINT * coalesce(p.output_per_million_above, p.output_per_million)
    ELSE
        (read_tokens - cached_tokens)::BIGINT * p.input_per_million
        + cached_tokens::BIGINT * coalesce(p.cached_input_per_million, p.input_per_million)
        + (written_tokens - thought_tokens)::BIGINT * p.output_per_million
        + thought_tokens::BIGINT * coalesce(p.reasoning_per_million, p.output_per_million)
END::DECIMAL(30, 9) * 0.000001::DECIMAL(7, 6))::DECIMAL(18, 9)
