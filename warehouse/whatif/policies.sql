-- What: What each policy's calls cost, and what the same calls would cost at the asked prices.
-- Grain: kind, policy, is_simulated; policy 'all' is every policy of a kind, kind 'all' every kind.
-- Trap: billed_usd was paid at the prices of menus, which may be perturbed; list_usd is the same at base
-- prices. Calls without tokens and calls of models that the asked list lacks keep what they cost
-- (kept_usd, part of both sums), and so do the router's own tokens. Tokens are summed before they are
-- priced, so that nothing is rounded but the sum.
WITH tokens AS (
    SELECT
        c.kind, c.policy,
        c.simulated AS is_simulated,
        c.model_id,
        coalesce(c.input_tokens + c.output_tokens > 0, false) AND w.model_id IS NOT NULL AS is_priced,
        coalesce(c.input_tokens > w.above_tokens, false) AS is_long,
        count(*) AS calls,
        sum(c.input_tokens)::BIGINT AS input_tokens,
        sum(c.cached_input_tokens)::BIGINT AS cached_input_tokens,
        sum(c.output_tokens)::BIGINT AS output_tokens,
        sum(c.cost_usd) AS cost_usd,
        sum(c.list_cost_usd) AS list_usd
    FROM calls AS c
    LEFT JOIN whatif_prices AS w USING (model_id)
    WHERE c.status <> 'refused'
    GROUP BY ALL
),

costs AS (
    SELECT
        t.kind, t.policy, t.is_simulated,
        0 AS episodes,
        t.calls, t.cost_usd, t.list_usd,
        0 AS router_usd,
        if(t.is_priced, 0, t.cost_usd) AS kept_usd,
        if(t.is_priced, 0, t.calls) AS kept_calls,
        if(t.is_priced, usage_cost(
            t.input_tokens, t.cached_input_tokens, t.output_tokens,
            if(t.is_long, w.input_per_million_above, w.input_per_million),
            if(t.is_long, w.output_per_million_above, w.output_per_million),
            if(
                t.is_long AND w.input_per_million > 0,
                w.cached_input_per_million * w.input_per_million_above / w.input_per_million,
                w.cached_input_per_million
            )
        ), t.cost_usd) AS whatif_usd
    FROM tokens AS t
    LEFT JOIN whatif_prices AS w USING (model_id)
    UNION ALL BY NAME
    SELECT
        kind, policy, is_simulated, episodes, 0 AS calls, 0 AS cost_usd, 0 AS list_usd,
        router_cost_usd AS router_usd, router_cost_usd AS kept_usd, 0 AS kept_calls,
        router_cost_usd AS whatif_usd
    FROM episode_sums
)

SELECT
    if(grouping(kind) = 1, 'all', kind) AS kind,
    if(grouping(policy) = 1, 'all', policy) AS policy,
    is_simulated,
    sum(episodes)::BIGINT AS episodes,
    sum(calls)::BIGINT AS calls,
    (sum(cost_usd) + sum(router_usd))::DECIMAL(18, 9) AS billed_usd,
    (sum(list_usd) + sum(router_usd))::DECIMAL(18, 9) AS list_usd,
    sum(whatif_usd)::DECIMAL(18, 9) AS whatif_usd,
    (sum(whatif_usd) - sum(cost_usd) - sum(router_usd))::DECIMAL(18, 9) AS difference_usd,
    (sum(whatif_usd) / nullif(sum(cost_usd) + sum(router_usd), 0))::DOUBLE AS factor,
    sum(kept_usd)::DECIMAL(18, 9) AS kept_usd,
    sum(kept_calls)::BIGINT AS kept_calls
FROM costs
GROUP BY GROUPING SETS ((kind, policy, is_simulated), (kind, is_simulated), (is_simulated))
ORDER BY is_simulated, kind = 'all', kind, policy = 'all', policy
