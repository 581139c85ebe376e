-- What: Exported rows with the domain and licence of their problem and how their tier came about.
-- Grain: build_id, example_id.
-- Trap: method is NULL and is_simulated false where a row is untiered: nothing was measured there.
CREATE OR REPLACE VIEW example_facts AS
SELECT
    e.*,
    p.domain, p.licence, p.origin_dataset,
    r.method, r.n, r.k, r.low, r.high, r.settled, r.pooled, r.proxy_for,
    coalesce(r.method = 'simulated', false) AS is_simulated
FROM examples AS e
LEFT JOIN problems AS p ON p.build_id = e.build_id AND p.problem_id = e.problem_id
LEFT JOIN pass_rates AS r
    ON r.build_id = e.build_id AND r.problem_id = e.problem_id AND r.selected AND e.tier <> 'untiered'
