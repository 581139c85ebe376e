-- What: The price of each model as of a moment, by our ids: FROM prices_at(TIMESTAMP '2026-01-01').
-- Grain: model_id.
-- Trap: Of builds first (several: the one with the newest price), then of menus, then of LiteLLM's map
-- and OpenRouter's list, found by litellm_model or by the id itself; price_list tells which. The
-- moment is UTC. A model that no list had then has no row: it is not shown at a later price.
-- Needs: dim_price, dim_model
CREATE OR REPLACE MACRO prices_at(moment) AS TABLE
WITH names AS (
    SELECT model_id, regexp_replace(litellm_model, '^openai/', '') AS name FROM dim_model
    UNION
    SELECT model_id, model_id FROM outcomes
),

offers AS (
    SELECT * FROM dim_price WHERE price_list IN ('build', 'menu')
    UNION ALL
    SELECT d.* REPLACE (n.model_id AS model_id)
    FROM dim_price AS d
    JOIN names AS n ON n.name = d.model_id
    WHERE d.price_list NOT IN ('build', 'menu')
)

SELECT
    model_id, price_list, valid_from, input_per_million, output_per_million,
    cached_input_per_million, above_tokens, input_per_million_above, output_per_million_above
FROM offers
WHERE moment >= valid_from AND (valid_to IS NULL OR moment < valid_to)
QUALIFY row_number() OVER (
    PARTITION BY model_id
    ORDER BY
        list_position(['build', 'menu', 'litellm', 'openrouter'], price_list) NULLS LAST,
        valid_from DESC, build_id DESC
) = 1
