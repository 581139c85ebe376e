-- What: List prices of models that no build knows, as menus showed them: one row per change.
-- Grain: model_id, valid_from.
-- Trap: A menu tells when a price was seen, not when it began to hold; of several on one day the last
-- one counts.
CREATE OR REPLACE VIEW menu_prices AS
WITH days AS (
    SELECT
        e.model_id, timezone('UTC', m.seen_at)::DATE AS day,
        max({
            'seen_at': m.seen_at, 'catalog_id': e.catalog_id,
            'input': e.base_input_per_million, 'output': e.base_output_per_million
        }) AS last
    FROM menu_entries AS e
    JOIN menus AS m USING (catalog_id)
    ANTI JOIN models USING (model_id)
    GROUP BY ALL
),

changes AS (
    SELECT model_id, day, last.input AS input_per_million, last.output AS output_per_million
    FROM days
    QUALIFY lag((last.input, last.output)) OVER (PARTITION BY model_id ORDER BY day)
        IS DISTINCT FROM (last.input, last.output)
)

SELECT
    model_id, day AS valid_from,
    lead(day) OVER (PARTITION BY model_id ORDER BY day) AS valid_to,
    input_per_million, output_per_million
FROM changes
