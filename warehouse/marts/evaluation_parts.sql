-- What: What each run of an evaluation reaches on each part of its suite: turns, categories, tasks, and
-- IFEval's instructions.
-- Grain: run_id, part.
-- Trap: part_metrics with 1,000 replicates and seed 0; it says what the figures are.
-- Needs: part_metrics
CREATE OR REPLACE VIEW evaluation_parts AS
FROM part_metrics(1000, 0)
