-- What: Problems of builds and of the outcome bank, with domain and tier where they are known.
-- Grain: problem_id.
-- Trap: Of several builds the one loaded last counts, and the tier is the one it settled on. A problem
-- that only the bank knows has neither domain nor tier. tier_is_simulated: stand-ins were tiered with.
CREATE OR REPLACE VIEW dim_problem AS
WITH built AS (
    SELECT
        p.problem_id, p.build_id, p.data_source, p.domain, p.kind, p.grader, p.licence,
        p.origin_dataset, r.tier, r.pass_rate, r.n, r.method AS tier_method,
        coalesce(r.method = 'simulated', false) AS tier_is_simulated
    FROM problems AS p
    JOIN builds AS b USING (build_id)
    LEFT JOIN pass_rates AS r
        ON r.build_id = p.build_id AND r.problem_id = p.problem_id AND r.selected
    QUALIFY row_number() OVER (PARTITION BY p.problem_id ORDER BY b.load_order DESC) = 1
)

SELECT *, problem_id IN (SELECT problem_id FROM outcomes) AS in_bank
FROM built
UNION ALL BY NAME
SELECT o.problem_id, min(o.data_source) AS data_source, false AS tier_is_simulated, true AS in_bank
FROM outcomes AS o
ANTI JOIN problems AS p USING (problem_id)
GROUP BY o.problem_id
