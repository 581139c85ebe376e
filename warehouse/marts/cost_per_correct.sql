-- What: What one correct answer of a policy costs: all that its judged episodes cost, wrong and
-- failed ones included, over the number of correct ones.
-- Grain: run_id, kind, policy, policy_revision, is_simulated.
-- Trap: Only episodes about a known problem with a verdict, or that failed on one; ungraded ones (a
-- fault of ours) are left out. NULL where nothing was right.
-- Needs: judged_by_day
CREATE OR REPLACE VIEW cost_per_correct AS
SELECT
    run_id, kind, policy, policy_revision, is_simulated,
    sum(judged)::BIGINT AS judged,
    sum(correct)::BIGINT AS correct,
    sum(correct) / sum(judged) AS accuracy,
    sum(total_cost_usd)::DECIMAL(18, 9) AS total_cost_usd,
    (sum(total_cost_usd) / nullif(sum(correct), 0))::DOUBLE AS usd_per_correct
FROM judged_by_day
GROUP BY ALL
