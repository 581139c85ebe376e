-- What: Failure, retry and refusal share of the calls of each policy and model, with a 95 % interval.
-- Grain: policy, policy_revision, model_id, is_simulated, metric; model_id NULL is all models.
-- Source: failed and retried calls / calls made; refused calls / calls wanted; Poisson bootstrap of the
-- counts.
-- Trap: call_shares(of_kind := 'evaluate', replicates := 200, seed := 0). A call that failed after three
-- tries is one failure and one retry. Refused ones (a budget, bad arguments) were never sent: they are
-- in no other share. Calls that name no model of the menu are in the total only. From sums by day.
-- Needs: bootstrap_count, bound
CREATE OR REPLACE MACRO call_shares(of_kind := 'evaluate', replicates := 200, seed := 0) AS TABLE
WITH counts AS (
    SELECT
        s.policy, s.policy_revision, s.is_simulated, s.model_id,
        coalesce(sum(s.calls) FILTER (WHERE s.status = 'error'), 0)::BIGINT AS failed,
        coalesce(sum(s.calls) FILTER (WHERE s.status <> 'refused'), 0)::BIGINT AS made,
        coalesce(sum(s.retried) FILTER (WHERE s.status <> 'refused'), 0)::BIGINT AS retried,
        coalesce(sum(s.calls) FILTER (WHERE s.status = 'refused'), 0)::BIGINT AS refused
    FROM call_sums AS s
    WHERE s.kind = of_kind
    GROUP BY GROUPING SETS (
        (s.policy, s.policy_revision, s.is_simulated, s.model_id),
        (s.policy, s.policy_revision, s.is_simulated)
    )
    HAVING grouping(s.model_id) = 1 OR s.model_id IS NOT NULL
),

parts AS (
    SELECT
        policy, policy_revision, is_simulated, model_id,
        unnest([
            {'metric': 'failed', 'hits': failed, 'others': made - failed},
            {'metric': 'retried', 'hits': retried, 'others': made - retried},
            {'metric': 'refused', 'hits': refused, 'others': made}
        ], recursive := true)
    FROM counts
),

drawn AS (
    SELECT
        p.*, r.replicate,
        concat_ws('/', p.policy, p.policy_revision, p.model_id, p.metric) AS key,
        bootstrap_count(p.hits, key || '/hits', r.replicate, seed) AS hits_n,
        bootstrap_count(p.others, key || '/others', r.replicate, seed) AS others_n,
        hits_n / nullif(hits_n + others_n, 0) AS share
    FROM parts AS p, range(replicates + 1) AS r(replicate)
)

SELECT
    policy, policy_revision, is_simulated, model_id, metric,
    any_value(hits) AS calls,
    any_value(hits + others) AS of_calls,
    any_value(share) FILTER (WHERE replicate = 0) AS share,
    bound(share, replicate, 0.025) AS low,
    bound(share, replicate, 0.975) AS high
FROM drawn
GROUP BY policy, policy_revision, is_simulated, model_id, metric
