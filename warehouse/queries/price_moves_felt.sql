-- What: Listed prices that moved while their model was called: what the tokens used since cost more, or
-- less, for it at list prices.
-- Grain: one row per price list, build, model and moment of a move.
-- Trap: What was charged is the menu's price, which may not follow a list; stand-ins are left out.
-- Days count whole from the one on which a price moved until it moved again. A model has a name of its
-- own on each list, which menus and builds give.
WITH steps AS (
    SELECT
        price_list, build_id, model_id AS listed_as, valid_from AS moved_at, valid_to,
        lag(valid_to) OVER history = valid_from AS goes_on,
        lag(input_per_million) OVER history AS old_input_per_million, input_per_million,
        lag(output_per_million) OVER history AS old_output_per_million, output_per_million
    FROM dim_price
    WINDOW history AS (PARTITION BY price_list, build_id, model_id ORDER BY valid_from)
),

moves AS (
    SELECT *
    FROM steps
    WHERE goes_on
        AND (old_input_per_million, old_output_per_million)
            IS DISTINCT FROM (input_per_million, output_per_million)
),

names AS (
    SELECT model_id, model_id AS listed_as FROM dim_model
    UNION
    SELECT model_id, litellm_model FROM dim_model
    UNION
    SELECT model_id, split_part(litellm_model, '/', -1) FROM dim_model
),

used AS (
    SELECT
        day, model_id,
        sum(input_tokens)::BIGINT AS input_tokens, sum(output_tokens)::BIGINT AS output_tokens
    FROM call_sums
    WHERE NOT is_simulated
    GROUP BY ALL
)

SELECT
    m.moved_at, m.price_list, left(m.build_id, 12) AS build, u.model_id, m.listed_as,
    m.old_input_per_million, m.input_per_million, m.old_output_per_million, m.output_per_million,
    sum(u.input_tokens)::BIGINT AS input_tokens_since,
    sum(u.output_tokens)::BIGINT AS output_tokens_since,
    ((
        sum(u.input_tokens) * (m.input_per_million - m.old_input_per_million)
        + sum(u.output_tokens) * (m.output_per_million - m.old_output_per_million)
    ) / 1000000)::DECIMAL(18, 9) AS usd_since
FROM moves AS m
JOIN names AS n USING (listed_as)
JOIN used AS u
    ON u.model_id = n.model_id AND u.day >= m.moved_at::DATE
    AND (m.valid_to IS NULL OR u.day < m.valid_to::DATE)
GROUP BY
    m.moved_at, m.price_list, m.build_id, u.model_id, m.listed_as, m.old_input_per_million,
    m.input_per_million, m.old_output_per_million, m.output_per_million
ORDER BY abs(usd_since) DESC, moved_at, price_list, build, model_id, listed_as
LIMIT 100
