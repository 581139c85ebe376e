-- What: Why calls failed or were refused, per model, and the share of such calls among all that were
-- wanted of it.
-- Grain: kind, policy, model_id, source, status, error_type.
-- Trap: model_id is NULL where the policy named no model of its menu. Shares of one model add up to
-- its failures, not to 1.
CREATE OR REPLACE VIEW call_failures AS
SELECT *, calls / sum(calls) OVER (PARTITION BY kind, policy, model_id, source) AS share
FROM (
    SELECT
        e.kind, e.policy, c.model_id, c.source, c.status, c.error_type,
        c.simulated AS is_simulated,
        count(*) AS calls,
        sum(c.cost_usd)::DECIMAL(18, 9) AS cost_usd
    FROM calls AS c
    JOIN episodes AS e USING (episode_id)
    GROUP BY ALL
)
QUALIFY status <> 'ok'
