-- What: How much of the way from the best single model to the oracle each evaluated policy goes.
-- Grain: one row per policy, revision and simulated or not.
-- Trap: Change 'evaluate' for another kind. Over the problems that the outcome bank knows; negative is
-- worse than the best single model.
SELECT
    contender AS policy, revision, is_simulated, problems, best_single_model,
    round(accuracy, 4) AS accuracy, round(best_single, 4) AS best_single,
    round(oracle, 4) AS oracle, round(captured, 4) AS captured, round(low, 4) AS low,
    round(high, 4) AS high
FROM headroom('evaluate')
ORDER BY is_simulated, captured DESC NULLS LAST, policy, revision
