-- What: Which models a policy calls, how often its calls succeed, and what they cost.
-- Grain: kind, policy, policy_revision, model_id, source, is_simulated.
-- Trap: share is of all calls that the policy made from the same source; refused calls were not made
-- and are not here.
CREATE OR REPLACE VIEW model_mix AS
SELECT *, calls / sum(calls) OVER (PARTITION BY kind, policy, policy_revision, source) AS share
FROM (
    SELECT
        kind, policy, policy_revision, model_id, source, is_simulated,
        sum(calls)::BIGINT AS calls,
        coalesce(sum(calls) FILTER (WHERE status = 'ok'), 0)::BIGINT AS ok,
        sum(selected)::BIGINT AS selected,
        sum(input_tokens)::BIGINT AS input_tokens,
        sum(output_tokens)::BIGINT AS output_tokens,
        sum(cost_usd)::DECIMAL(18, 9) AS cost_usd,
        sum(list_cost_usd)::DECIMAL(18, 9) AS list_cost_usd
    FROM call_sums
    WHERE status <> 'refused'
    GROUP BY ALL
)
