-- What: How many models a policy really uses: entropy of its mix in bits, the number of equally used
-- models that would have the same (2 to the entropy), and the share of the highest possible.
-- Grain: policy, policy_revision, is_simulated.
-- Source: Shannon 1948, -sum(p * log2(p)) over the shares of calls made; Poisson bootstrap of counts.
-- Trap: routing_entropy(of_kind := 'evaluate', replicates := 200, seed := 0). 0 for one model. Small
-- samples have too little entropy. evenness is of the models that were called, not of those offered.
-- Needs: bootstrap_count, bound
CREATE OR REPLACE MACRO routing_entropy(of_kind := 'evaluate', replicates := 200, seed := 0) AS TABLE
WITH counts AS (
    SELECT
        s.policy, s.policy_revision, s.is_simulated, s.model_id, sum(s.calls)::BIGINT AS calls
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

entropies AS (
    SELECT
        policy, policy_revision, is_simulated, replicate,
        count(*) AS models,
        sum(calls)::BIGINT AS calls,
        greatest(0, log2(sum(n)) - sum(if(n > 0, n * log2(n), 0)) / sum(n)) AS value
    FROM drawn
    GROUP BY policy, policy_revision, is_simulated, replicate
    HAVING sum(n) > 0
)

SELECT
    policy, policy_revision, is_simulated,
    any_value(calls) AS calls,
    any_value(models) AS models,
    any_value(value) FILTER (WHERE replicate = 0) AS bits,
    bound(value, replicate, 0.025) AS low,
    bound(value, replicate, 0.975) AS high,
    pow(2, any_value(value) FILTER (WHERE replicate = 0)) AS effective_models,
    any_value(value) FILTER (WHERE replicate = 0) / nullif(log2(any_value(models)), 0) AS evenness
FROM entropies
GROUP BY policy, policy_revision, is_simulated
