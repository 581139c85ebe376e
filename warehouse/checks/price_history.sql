-- What: Prices of a list that hold at the same time, end before they begin or are below zero; or an
-- event that is quarantined without a word on which price is wrong.
WITH spans AS (
    SELECT *, lead(valid_from) OVER history AS next_from
    FROM price_intervals
    WINDOW history AS (PARTITION BY price_list, model ORDER BY valid_from)
)

SELECT '' AS build_id, price_list || ' ' || model AS key, valid_from || ' overlaps' AS detail
FROM spans
WHERE next_from < coalesce(valid_to, TIMESTAMP 'infinity') OR valid_to <= valid_from
UNION ALL
SELECT '', price_list || ' ' || model, valid_from || ' is below zero'
FROM spans
WHERE least(input_per_million, output_per_million, cached_input_per_million) < 0
UNION ALL
SELECT '', event_id, status || ', slip ' || coalesce(slip, 'none')
FROM price_events
WHERE (status = 'quarantined') IS DISTINCT FROM (slip IS NOT NULL)
    OR holds IS DISTINCT FROM (kind <> 'delisted' AND slip IS DISTINCT FROM 'new')
