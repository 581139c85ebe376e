-- What: Rows and problems of the exported files.
-- Grain: build_id, data_source, domain, kind, tier, split, is_simulated.
-- Trap: examples counts repetitions, problems counts each problem once. is_simulated is about the tier,
-- so rows without a tier are never simulated.
-- Needs: example_facts
CREATE OR REPLACE VIEW composition AS
SELECT
    build_id, data_source, domain, kind, tier, split, is_simulated,
    count(*) AS examples,
    count(DISTINCT problem_id) AS problems
FROM example_facts
GROUP BY ALL
