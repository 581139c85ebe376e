-- What: Who is compared, problem by problem: policies by their judged episodes, and the fixed choices
-- of the outcome bank (kind 'bank': oracle, random, single and tier_oracle) at the prices that hold last.
-- Grain: kind, contender, revision, is_simulated, problem_id.
-- Trap: Every figure but problem_id's own is a sum over episodes; divide by episodes. revision is a
-- policy's, or the model of a single choice, or the tier of a tier_oracle. score and solved count a
-- failed episode as 0; ungraded ones (a fault of ours) and those that nothing judged are left out.
-- cost_usd of costed episodes only. A policy paid the prices of its menus, the bank list prices.
-- problem_id is that of the bank that was played over, where it has another.
-- Needs: bank_choices
CREATE OR REPLACE VIEW contender_problems AS
SELECT
    kind, policy AS contender, policy_revision AS revision, simulated AS is_simulated,
    coalesce(bank_problem_id, problem_id) AS problem_id,
    count(*) AS episodes,
    sum(
        if(mode = 'failed', 0, coalesce(quality, (verdict = 'correct')::INT))
    )::DOUBLE AS score,
    sum((mode <> 'failed' AND verdict = 'correct')::INT)::DOUBLE AS solved,
    sum(total_cost_usd)::DOUBLE AS cost_usd,
    count(*) AS costed,
    sum(reward) AS reward,
    count(reward) AS rewarded,
    count(*) FILTER (WHERE mode = 'failed') AS failed
FROM episodes
WHERE problem_id IS NOT NULL
    AND (mode = 'failed' OR verdict IS NOT NULL) AND verdict IS DISTINCT FROM 'ungraded'
GROUP BY kind, policy, policy_revision, simulated, coalesce(bank_problem_id, problem_id)
UNION ALL BY NAME
SELECT
    'bank' AS kind, choice AS contender,
    CASE choice WHEN 'single' THEN model_id WHEN 'tier_oracle' THEN model_tier END AS revision,
    is_simulated, problem_id, 1 AS episodes, score, solved,
    coalesce(cost_usd, 0)::DOUBLE AS cost_usd,
    (cost_usd IS NOT NULL)::BIGINT AS costed,
    0 AS rewarded, 0 AS failed
FROM bank_choices
WHERE score IS NOT NULL
