-- What: Models that came back to a price list after they had been taken off, under the same key or
-- another, with how long they were away and what became of the price.
-- Grain: one row per listing that brought a model back.
-- Trap: Another key counts where seller and identity are the same: the name without region, date and
-- spelling. A key that was added before the other was taken off is no return. Prices of a slip of
-- units are shown, too.
SELECT
    r.effective_at AS back_at, r.price_list, r.model, r.relists AS was_listed_as,
    r.relists <> r.model AS under_another_key, r.identity, r.seller,
    date_diff('day', d.effective_at, r.effective_at) AS days_away,
    d.input_per_million AS old_input_per_million, r.input_per_million,
    d.output_per_million AS old_output_per_million, r.output_per_million,
    r.status
FROM price_events AS r
ASOF LEFT JOIN (FROM price_events WHERE kind = 'delisted') AS d
    ON d.price_list = r.price_list AND d.model = r.relists AND r.effective_at >= d.effective_at
WHERE r.kind = 'relisted'
ORDER BY r.effective_at DESC, r.price_list, r.model
