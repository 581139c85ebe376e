-- What: How much of the way from the best single model to the oracle each run goes, on the same items,
-- and which ones are above the oracle, which nobody should be.
-- Grain: one row per run.
-- Trap: Negative is worse than the best single model; NULL, there is nothing to capture. above_oracle
-- means a leak, a fault of counting, or a router that knows more than its models: own_above counts
-- items above on which it answered by itself.
SELECT
    suite, suite_revision, is_simulated, policy, pool, oracle_source, problems,
    round(value, 4) AS value, best_single_model, round(best_single, 4) AS best_single,
    round(oracle, 4) AS oracle, round(captured, 4) AS captured, above_oracle, items_above, own_above
FROM evaluation_headroom
ORDER BY above_oracle DESC, suite, suite_revision, is_simulated, captured DESC NULLS LAST, policy,
    run_id
