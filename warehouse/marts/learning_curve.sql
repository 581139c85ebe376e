-- What: How a policy in training does as its steps go on: what it earns, how often it is right, what
-- it costs and how it decides; means over the episodes that the weights of a step played.
-- Grain: run_id, kind, step, tier.
-- Trap: tier 'all' repeats the others. Rows of kind train are on prompts that are drawn anew at every
-- step, those that dynamic sampling left out included: compare steps on kind validate. accuracy is
-- over judged and failed episodes; normalized_cost leaves out what is infinite: a cost where nothing
-- on the menu has a price.
-- Needs: fct_episode
CREATE OR REPLACE VIEW learning_curve AS
SELECT
    run_id, kind, policy, try_cast(policy_revision AS INTEGER) AS step,
    if(grouping(coalesce(tier, 'unknown')) = 1, 'all', coalesce(tier, 'unknown')) AS tier,
    any_value(cost_weight) AS cost_weight,
    bool_or(is_simulated) AS is_simulated,
    count(*) AS episodes,
    avg(reward) AS reward,
    count(*) FILTER (WHERE is_correct)
        / nullif(count(*) FILTER (WHERE is_failed OR verdict <> 'ungraded'), 0) AS accuracy,
    avg(normalized_cost) FILTER (WHERE isfinite(normalized_cost)) AS normalized_cost,
    avg(total_cost_usd) AS usd,
    (sum(total_cost_usd) / nullif(count(*) FILTER (WHERE is_correct), 0))::DOUBLE AS usd_per_correct,
    avg(calls_made) AS calls,
    count(*) FILTER (WHERE mode = 'direct') / count(*) AS direct,
    count(*) FILTER (WHERE mode = 'select') / count(*) AS "select",
    count(*) FILTER (WHERE mode = 'synthesize') / count(*) AS synthesize,
    count(*) FILTER (WHERE mode = 'failed') / count(*) AS failed,
    1 - sum(calls_ok) / nullif(sum(calls), 0) AS failed_calls
FROM fct_episode
WHERE kind IN ('train', 'validate') AND try_cast(policy_revision AS INTEGER) IS NOT NULL
GROUP BY GROUPING SETS (
    (run_id, kind, policy, policy_revision, coalesce(tier, 'unknown')),
    (run_id, kind, policy, policy_revision)
)
