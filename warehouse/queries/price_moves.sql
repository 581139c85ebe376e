-- What: Listed prices that moved most, by the factor of the answer or the prompt price, whichever is
-- farther from 1.
-- Grain: one row per price list, model and moment of a move.
-- Trap: Slips of units are no moves and are left out. Free prices have no factor: what became or was
-- free comes last. A model that was away and came back at another price did not move.
WITH steps AS (
    SELECT
        price_list, model, seller, valid_from AS moved_at, source,
        lag(valid_to) OVER history = valid_from AS goes_on,
        lag(input_per_million) OVER history AS old_input_per_million, input_per_million,
        lag(output_per_million) OVER history AS old_output_per_million, output_per_million
    FROM price_intervals
    WINDOW history AS (PARTITION BY price_list, model ORDER BY valid_from)
),

moves AS (
    SELECT
        *,
        round(input_per_million::DOUBLE / nullif(old_input_per_million, 0), 4) AS input_factor,
        round(output_per_million::DOUBLE / nullif(old_output_per_million, 0), 4) AS output_factor
    FROM steps
    WHERE goes_on
        AND (old_input_per_million, old_output_per_million)
            IS DISTINCT FROM (input_per_million, output_per_million)
)

SELECT
    moved_at, price_list, model, seller, old_input_per_million, input_per_million, input_factor,
    old_output_per_million, output_per_million, output_factor, source
FROM moves
ORDER BY
    greatest(
        abs(ln(nullif(input_factor, 0))), abs(ln(nullif(output_factor, 0)))
    ) DESC NULLS LAST,
    moved_at, price_list, model
LIMIT 100
