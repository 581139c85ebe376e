-- Episodes of the stale days, counted and summed up.
INSERT INTO episode_sums BY NAME
SELECT
    day, run_id, kind, policy, policy_revision, tier, cost_weight, api_key_id, mode,
    split_part(error, ':', 1) AS error_type,
    problem_id IS NOT NULL AS has_problem,
    simulated AS is_simulated,
    count(*) AS episodes,
    count(*) FILTER (WHERE verdict <> 'ungraded') AS judged,
    count(*) FILTER (WHERE verdict = 'correct') AS correct,
    count(*) FILTER (WHERE verdict = 'ungraded') AS ungraded,
    sum(calls)::BIGINT AS calls,
    sum(calls_made)::BIGINT AS calls_made,
    sum(calls_ok)::BIGINT AS calls_ok,
    sum(router_input_tokens)::BIGINT AS router_input_tokens,
    sum(router_output_tokens)::BIGINT AS router_output_tokens,
    sum(call_input_tokens)::BIGINT AS call_input_tokens,
    sum(call_output_tokens)::BIGINT AS call_output_tokens,
    sum(router_cost_usd)::DECIMAL(18, 9) AS router_cost_usd,
    sum(calls_cost_usd)::DECIMAL(18, 9) AS calls_cost_usd,
    sum(total_cost_usd)::DECIMAL(18, 9) AS total_cost_usd,
    sum(calls_list_cost_usd)::DECIMAL(18, 9) AS calls_list_cost_usd,
    coalesce(
        sum(total_cost_usd)
            FILTER (WHERE verdict <> 'ungraded' OR (verdict IS NULL AND mode = 'failed')),
        0
    )::DECIMAL(18, 9) AS judged_cost_usd,
    count(reward) AS rewarded,
    coalesce(sum(reward), 0) AS reward,
    coalesce(sum(quality) FILTER (WHERE verdict <> 'ungraded'), 0) AS quality,
    sum(seconds) AS seconds
FROM episodes
WHERE day IN (SELECT day FROM stale_days)
GROUP BY ALL
