-- What: Episodes that count when policies are judged, by day: those about a known problem that were
-- graded, and those that failed on one.
-- Grain: day, run_id, kind, policy, policy_revision, tier, is_simulated.
-- Trap: Ungraded episodes (a fault of ours) and those that nothing graded are left out, with their
-- cost. tier is that of the problem.
CREATE OR REPLACE VIEW judged_by_day AS
SELECT
    day, run_id, kind, policy, policy_revision, tier, is_simulated,
    sum(if(mode = 'failed', episodes - ungraded, judged))::BIGINT AS judged,
    sum(correct)::BIGINT AS correct,
    sum(judged_cost_usd)::DECIMAL(18, 9) AS total_cost_usd
FROM episode_sums
WHERE has_problem
GROUP BY ALL
HAVING sum(if(mode = 'failed', episodes - ungraded, judged)) > 0
