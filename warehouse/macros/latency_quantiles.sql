-- What: Latency quantiles of each model in seconds, retries included, with a 95 % interval.
-- Grain: model_id, source, is_simulated, quantile.
-- Source: the first bin of latency_sums at which the share of calls is reached, its middle by
-- latency_seconds; Poisson bootstrap of the bins' counts.
-- Trap: latency_quantiles(quantiles := [0.5, 0.9, 0.99], of_kind := 'serve', replicates := 200,
-- seed := 0). Bins of 5 percent: values are good to 2.5 percent, and an interval may be one value.
-- Answered calls only. Seconds of a bank or of stand-ins say nothing about a model.
-- Needs: bootstrap_count, bound, latency_seconds
CREATE OR REPLACE MACRO latency_quantiles(
    quantiles := [0.5, 0.9, 0.99], of_kind := 'serve', replicates := 200, seed := 0
) AS TABLE
WITH bins AS (
    SELECT s.model_id, s.source, s.is_simulated, s.bin, sum(s.calls)::BIGINT AS calls
    FROM latency_sums AS s
    WHERE s.kind = of_kind
    GROUP BY ALL
),

drawn AS (
    SELECT
        b.*, r.replicate,
        bootstrap_count(
            b.calls, concat_ws('/', b.model_id, b.source, b.bin), r.replicate, seed
        ) AS n
    FROM bins AS b, range(replicates + 1) AS r(replicate)
),

climbed AS (
    SELECT
        *,
        sum(n) OVER (
            PARTITION BY model_id, source, is_simulated, replicate ORDER BY bin
        ) AS so_far,
        sum(n) OVER (PARTITION BY model_id, source, is_simulated, replicate) AS everything
    FROM drawn
),

read_off AS (
    SELECT
        c.model_id, c.source, c.is_simulated, q.quantile, c.replicate,
        latency_seconds(min(c.bin) FILTER (WHERE c.so_far >= q.quantile * c.everything)) AS seconds,
        sum(c.calls)::BIGINT AS calls
    FROM climbed AS c, (SELECT unnest(quantiles)::DOUBLE AS quantile) AS q
    GROUP BY ALL
)

SELECT
    model_id, source, is_simulated, quantile,
    any_value(calls) AS calls,
    any_value(seconds) FILTER (WHERE replicate = 0) AS seconds,
    bound(seconds, replicate, 0.025) AS low,
    bound(seconds, replicate, 0.975) AS high
FROM read_off
GROUP BY model_id, source, is_simulated, quantile
