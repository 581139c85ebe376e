-- What: Everything that was judged in one long list: answers of policies, of reference models and of
-- the outcome bank, with who gave them and what the verdict was.
-- Grain: what, key; what is 'episode', 'attempt' or 'outcome'.
-- Trap: One problem may be in all three. Ungraded answers are here, with is_correct NULL. Only
-- attempts belong to a build. Filter on what before anything else: episodes are many.
-- Needs: fct_attempt, fct_outcome
CREATE OR REPLACE VIEW fct_score AS
SELECT
    'episode' AS what, episode_id AS key, NULL::VARCHAR AS build_id, run_id, day, problem_id,
    policy AS who, policy_revision AS revision, verdict, quality AS score,
    if(verdict = 'ungraded', NULL, verdict = 'correct') AS is_correct,
    simulated AS is_simulated,
    total_cost_usd AS cost_usd
FROM episodes
WHERE verdict IS NOT NULL
UNION ALL BY NAME
SELECT
    'attempt' AS what, concat_ws(' ', build_id, problem_id, reference, sample) AS key, build_id,
    problem_id, reference AS who, reference_revision AS revision, verdict, score, is_correct,
    is_simulated, cost_usd
FROM fct_attempt
UNION ALL BY NAME
SELECT
    'outcome' AS what, concat_ws(' ', problem_id, model_id, sample) AS key,
    timezone('UTC', collected_at)::DATE AS day, problem_id, model_id AS who, verdict, score,
    is_correct, is_simulated, cost_usd
FROM fct_outcome
WHERE verdict IS NOT NULL OR score IS NOT NULL
