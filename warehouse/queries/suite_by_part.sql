-- What: What each policy reached on each part of an evaluation suite: turns of MT-Bench, categories and
-- tasks of LiveBench, IFEval's instructions.
-- Grain: one row per run and part.
-- Trap: Of IFEval, instructions is the accuracy of instructions, while 1_instruction and the like are
-- that of prompts with so many of them.
SELECT
    suite, suite_revision, is_simulated, policy, policy_revision, pool, part, problems,
    round(value, 4) AS value, round(value_low, 4) AS low, round(value_high, 4) AS high
FROM evaluation_parts
ORDER BY suite, suite_revision, is_simulated, policy, pool, run_id, part
