-- What: Listed prices of a model at a moment, a row for each price list that had it then:
-- FROM price_asof('o3', TIMESTAMP '2025-05-01').
-- Trap: The name is the list's key (models.litellm_model), the moment is UTC; a day is its first
-- moment. No row means that no list had it then, or that what it said was a slip of units.
-- Needs: price_intervals
CREATE OR REPLACE MACRO price_asof(named_model, moment) AS TABLE
SELECT
    price_list, model, input_per_million, output_per_million, cached_input_per_million,
    cache_write_per_million, reasoning_per_million, above_tokens, input_per_million_above,
    output_per_million_above, valid_from, valid_to, source
FROM price_intervals
WHERE model = named_model
    AND moment >= valid_from AND (valid_to IS NULL OR moment < valid_to)
