-- What: Which models a policy calls, how often its calls succeed, and what they cost.
-- Grain: kind, policy, policy_revision, model_id, source.
-- Trap: share is of all calls that the policy made from the same source; refused calls were not made
-- and are not here.
CREATE OR REPLACE VIEW model_mix AS
SELECT *, calls / sum(calls) OVER (PARTITION BY kind, policy, policy_revision, source) AS share
FROM (
    SELECT
        e.kind, e.policy, e.policy_revision, c.model_id, c.source,
        c.simulated AS is_simulated,
        count(*) AS calls,
        count(*) FILTER (WHERE c.status = 'ok') AS ok,
        count(*) FILTER (WHERE c.selected) AS selected,
        sum(c.input_tokens)::BIGINT AS input_tokens,
        sum(c.output_tokens)::BIGINT AS output_tokens,
        sum(c.cost_usd)::DECIMAL(18, 9) AS cost_usd,
        sum(c.list_cost_usd)::DECIMAL(18, 9) AS list_cost_usd
    FROM calls AS c
    JOIN episodes AS e USING (episode_id)
    WHERE c.status <> 'refused'
    GROUP BY ALL
)
