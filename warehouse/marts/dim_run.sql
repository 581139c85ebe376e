-- What: Runs of a server, an evaluation or a training, with their first and last moment.
-- Grain: run_id, is_simulated.
-- Trap: A run whose calls were partly answered by stand-ins has two rows, whose sums must not be added.
-- A training run also validates: kinds lists both. last_at is when the last episode ended.
CREATE OR REPLACE VIEW dim_run AS
SELECT s.*, m.first_at, m.last_at
FROM (
    SELECT
        run_id, is_simulated,
        list_sort(list(DISTINCT kind)) AS kinds,
        list_sort(list(DISTINCT policy)) AS policies,
        count(DISTINCT policy_revision) AS revisions,
        min(day) AS first_day,
        max(day) AS last_day,
        sum(episodes)::BIGINT AS episodes,
        coalesce(sum(episodes) FILTER (WHERE mode = 'failed'), 0)::BIGINT AS failed,
        sum(judged)::BIGINT AS judged,
        sum(correct)::BIGINT AS correct,
        sum(calls_made)::BIGINT AS calls_made,
        sum(router_cost_usd)::DECIMAL(18, 9) AS router_cost_usd,
        sum(calls_cost_usd)::DECIMAL(18, 9) AS calls_cost_usd,
        sum(total_cost_usd)::DECIMAL(18, 9) AS total_cost_usd
    FROM episode_sums
    GROUP BY run_id, is_simulated
) AS s
LEFT JOIN (
    SELECT
        run_id, simulated AS is_simulated,
        min(started_at) AS first_at,
        max(started_at + to_microseconds((seconds * 1e6)::BIGINT)) AS last_at
    FROM episodes
    GROUP BY run_id, simulated
) AS m USING (run_id, is_simulated)
