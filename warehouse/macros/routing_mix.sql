-- What: Which models a policy calls, as shares of the calls it made, with a 95 % interval.
-- Grain: policy, policy_revision, is_simulated, model_id.
-- Source: calls of a model / calls made; intervals by Poisson bootstrap of the counts.
-- Trap: routing_mix(of_kind := 'evaluate', replicates := 200, seed := 0). Refused calls were not made.
-- Shares of calls, not of answers that were returned or of money. Read from sums by day.
-- Needs: bootstrap_count, bound
CREATE OR REPLACE MACRO routing_mix(of_kind := 'evaluate', replicates := 200, seed := 0) AS TABLE
WITH counts AS (
    SELECT
        s.policy, s.policy_revision, s.is_simulated, s.model_id,
        sum(s.calls)::BIGINT AS calls,
        sum(s.cost_usd)::DECIMAL(18, 9) AS cost_usd
    FROM call_sums AS s
    WHERE s.kind = of_kind AND s.status <> 'refused'
    GROUP BY ALL
),

drawn AS (
    SELECT
        c.*, r.replicate,
        bootstrap_count(
            c.calls, concat_ws('/', c.policy, c.policy_revision, c.model_id), r.replicate, seed
        ) AS n
    FROM counts AS c, range(replicates + 1) AS r(replicate)
),

shares AS (
    SELECT
        *,
        n / nullif(sum(n) OVER (
            PARTITION BY policy, policy_revision, is_simulated, replicate
        ), 0) AS share
    FROM drawn
)

SELECT
    policy, policy_revision, is_simulated, model_id,
    any_value(calls) AS calls,
    any_value(cost_usd) AS cost_usd,
    any_value(share) FILTER (WHERE replicate = 0) AS share,
    bound(share, replicate, 0.025) AS low,
    bound(share, replicate, 0.975) AS high
FROM shares
GROUP BY policy, policy_revision, is_simulated, model_id
