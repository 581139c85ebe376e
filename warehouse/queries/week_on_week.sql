-- What: How the share of each model among the calls of a policy changed in the last seven days
-- against the seven before.
-- Grain: one row per kind, policy, model and simulated or not.
-- Trap: The newest day of the store counts as the last. error_95 is what chance alone explains where
-- calls are drawn independently: a change smaller than that is no drift, and days differ by more.
WITH recent AS (
    SELECT
        kind, policy, is_simulated, model_id,
        sum(calls) FILTER (WHERE day > newest - 7) AS now_calls,
        sum(calls) FILTER (WHERE day <= newest - 7) AS before_calls
    FROM call_sums, (SELECT max(day) AS newest FROM call_sums)
    WHERE day > newest - 14 AND status <> 'refused'
    GROUP BY ALL
),

shares AS (
    SELECT
        *,
        coalesce(now_calls, 0) / sum(now_calls) OVER every AS now_share,
        coalesce(before_calls, 0) / sum(before_calls) OVER every AS before_share,
        sum(now_calls) OVER every AS now_all,
        sum(before_calls) OVER every AS before_all
    FROM recent
    WINDOW every AS (PARTITION BY kind, policy, is_simulated)
)

SELECT
    kind, policy, is_simulated, model_id,
    coalesce(before_calls, 0)::BIGINT AS before_calls, coalesce(now_calls, 0)::BIGINT AS now_calls,
    round(before_share, 4) AS before_share, round(now_share, 4) AS now_share,
    round(now_share - before_share, 4) AS change,
    round(1.96 * sqrt(
        now_share * (1 - now_share) / now_all + before_share * (1 - before_share) / before_all
    ), 4) AS error_95
FROM shares
WHERE now_all > 0 AND before_all > 0
ORDER BY abs(now_share - before_share) DESC, kind, policy, is_simulated, model_id
