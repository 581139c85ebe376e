-- What: Why calls failed or were refused, per model, and the share of such calls among all that were
-- wanted of it.
-- Grain: kind, policy, model_id, source, status, error_type, is_simulated.
-- Trap: model_id is NULL where the policy named no model of its menu. Shares of one model add up to
-- its failures, not to 1.
CREATE OR REPLACE VIEW call_failures AS
SELECT *, calls / sum(calls) OVER (PARTITION BY kind, policy, model_id, source) AS share
FROM (
    SELECT
        kind, policy, model_id, source, status, error_type, is_simulated,
        sum(calls)::BIGINT AS calls,
        sum(cost_usd)::DECIMAL(18, 9) AS cost_usd
    FROM call_sums
    GROUP BY ALL
)
QUALIFY status <> 'ok'
