-- What: A tier is not the one that its pass rate and the cuts of its build imply.
-- Trap: The stop rule of a measured rate gives the tier itself: near a cut it may differ from the tier of the
-- posterior mean, so such rates are left out.
SELECT
    build_id, problem_id || ' ' || reference AS key,
    tier || ' at ' || pass_rate || ', cuts ' || hard_below || ' and ' || easy_from AS detail
FROM pass_rates
JOIN builds USING (build_id)
WHERE estimator = 'share' AND tier <> tier_of(pass_rate, hard_below, easy_from)
UNION ALL
SELECT
    build_id, example_id,
    tier || ' at ' || pass_rate || ', cuts ' || hard_below || ' and ' || easy_from
FROM examples
JOIN builds USING (build_id)
WHERE tier <> 'untiered'
    AND tier <> tier_of(pass_rate, hard_below, easy_from)
    AND problem_id NOT IN (SELECT problem_id FROM pass_rates AS r WHERE r.build_id = examples.build_id AND selected AND estimator <> 'share')
