-- What: How often calls of a model had to be sent again, and how often they failed all the same.
-- Grain: one row per model and source.
-- Trap: Refused calls were never sent and are left out. A retry costs time, and money where the first
-- try was billed.
SELECT
    model_id, source, is_simulated,
    sum(calls)::BIGINT AS calls,
    round(sum(retried) / sum(calls), 4) AS retried_share,
    round(sum(attempts) / sum(calls), 4) AS tries_per_call,
    round(coalesce(sum(calls) FILTER (WHERE status = 'error'), 0) / sum(calls), 4) AS failed_share
FROM call_sums
WHERE status <> 'refused'
GROUP BY ALL
ORDER BY failed_share DESC, retried_share DESC, model_id, source, is_simulated
