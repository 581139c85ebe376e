-- What: Every two runs of an evaluation over one suite, paired by item: difference in value and cost with
-- 95 % intervals, wins, losses, ties and the p-value of the sign test.
-- Grain: run_a, run_b.
-- Trap: compare_runs with 200 replicates and seed 0; it says what the figures are, and takes more
-- replicates. A pair stands here once, with the router as a and the baseline as b. Filter by run_a or
-- run_b: all pairs of many runs take a while.
-- Needs: compare_runs
CREATE OR REPLACE VIEW evaluation_pairs AS
FROM compare_runs(200, 0)
