-- What: What the gate for slips of units kept out of the prices, the newest first, with its reason.
-- Grain: one row per quarantined event.
-- Trap: slip says which price is wrong: new, this one, which never held; or old, the one before, which
-- this one corrects. holding is the prompt price that holds now, NULL where none does. A list that
-- goes on saying what was quarantined is not listed again until it says something else.
SELECT
    e.effective_at, e.price_list, e.model, e.kind, e.slip,
    e.input_per_million, e.output_per_million,
    p.input_per_million AS holding_input_per_million,
    p.output_per_million AS holding_output_per_million,
    e.reason, e.origin
FROM price_events AS e
LEFT JOIN price_intervals AS p
    ON p.price_list = e.price_list AND p.model = e.model AND p.is_current
WHERE e.status = 'quarantined'
ORDER BY e.effective_at DESC, e.price_list, e.model
