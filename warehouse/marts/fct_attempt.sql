-- What: Answers of reference models that tiers come from, without their texts.
-- Grain: build_id, problem_id, reference, sample.
-- Trap: is_correct is NULL where the answer is ungraded: a fault of ours, never counted as wrong. What
-- a published rate rests on has no attempts and is not here.
CREATE OR REPLACE VIEW fct_attempt AS
SELECT
    build_id, problem_id, reference, sample, engine,
    engine = 'simulated' AS is_simulated,
    reference_revision, prompt_tokens, completion_tokens, finish_reason, verdict, score,
    if(verdict = 'ungraded', NULL, verdict = 'correct') AS is_correct,
    grader, grader_version, seconds, cost_usd
FROM attempts
