-- What: A run of an evaluation is better than the measured oracle of its pool on the same items: answers
-- leaked, or something is counted wrong.
-- Trap: What the evaluation itself found, and what evaluation_headroom finds beyond chance. A router
-- that answers by itself may know more than its models: the detail counts such items.
SELECT
    '' AS build_id, v.run_id || ' ' || v.suite || ' ' || v.policy AS key,
    if(
        h.above_oracle,
        printf('%.4f', h.value) || ' against the oracle''s ' || printf('%.4f', h.oracle) || ' on '
        || h.problems || ' items; above it on ' || h.items_above || ', ' || h.own_above
        || ' of them with an answer of the router''s own',
        v.alarm
    ) AS detail
FROM evaluations AS v
LEFT JOIN evaluation_headroom AS h USING (run_id)
WHERE h.above_oracle OR v.alarm IS NOT NULL
