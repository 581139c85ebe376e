-- What: How much of what models read came from a cache, which is billed at a lower price.
-- Grain: one row per model and simulated or not.
-- Trap: Only what providers report; many never report a cached token.
SELECT
    model_id, is_simulated,
    sum(input_tokens)::BIGINT AS input_tokens,
    sum(cached_input_tokens)::BIGINT AS cached_input_tokens,
    round(sum(cached_input_tokens) / nullif(sum(input_tokens), 0), 4) AS cached_share
FROM call_sums
WHERE with_tokens > 0
GROUP BY ALL
ORDER BY cached_share DESC NULLS LAST, model_id, is_simulated
