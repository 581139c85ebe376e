-- What: Results of every run of an evaluation: the suite's metric with its 95 % interval, mean cost of a
-- query, total cost, cost utility, failures, ungraded answers and how answers were made.
-- Grain: run_id.
-- Trap: evaluation_metrics with 1,000 replicates and seed 0; it says what the figures are. Runs
-- are comparable over the same suite_revision and problems only, and never across is_simulated. direct,
-- selected and synthesize are shares of episodes, what is missing to 1 failed.
-- Needs: evaluation_metrics
CREATE OR REPLACE VIEW evaluation_results AS
FROM evaluation_metrics(1000, 0)
