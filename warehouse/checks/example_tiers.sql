-- What: Tier, rate or reference of an example are not those of the rate that decides its problem's tier.
SELECT
    e.build_id, e.example_id AS key,
    e.tier || ' ' || coalesce(e.pass_rate::VARCHAR, 'no rate') || ' against '
    || coalesce(r.tier || ' ' || r.pass_rate, 'no rate') AS detail
FROM examples AS e
LEFT JOIN pass_rates AS r
    ON r.build_id = e.build_id AND r.problem_id = e.problem_id AND r.selected
WHERE (e.tier = 'untiered' AND e.pass_rate IS NOT NULL)
    OR (
        e.tier <> 'untiered'
        AND (e.tier, e.pass_rate, e.reference) IS DISTINCT FROM (r.tier, r.pass_rate, r.reference)
    )
