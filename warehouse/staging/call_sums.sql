-- Calls of the stale days, counted and summed up.
INSERT INTO call_sums BY NAME
SELECT
    day, run_id, kind, policy, policy_revision, tier, model_id, source,
    simulated AS is_simulated,
    status, error_type,
    count(*) AS calls,
    count(*) FILTER (WHERE selected) AS selected,
    count(*) FILTER (WHERE attempts > 1) AS retried,
    sum(attempts)::BIGINT AS attempts,
    count(input_tokens) AS with_tokens,
    coalesce(sum(input_tokens), 0)::BIGINT AS input_tokens,
    coalesce(sum(cached_input_tokens), 0)::BIGINT AS cached_input_tokens,
    coalesce(sum(output_tokens), 0)::BIGINT AS output_tokens,
    coalesce(sum(reasoning_tokens), 0)::BIGINT AS reasoning_tokens,
    sum(cost_usd)::DECIMAL(18, 9) AS cost_usd,
    sum(list_cost_usd)::DECIMAL(18, 9) AS list_cost_usd,
    sum(seconds) AS seconds
FROM calls
WHERE day IN (SELECT day FROM stale_days)
GROUP BY ALL
