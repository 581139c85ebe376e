-- What: A description shows an amount in USD that is no price of its entry, or leaves out the prompt or
-- the answer price.
-- Trap: Amounts are read as a dollar sign and a number; a description that spells them otherwise fails.
-- Most descriptions hold the two prices in this order and nothing else: these are told by splitting,
-- since patterns take many times as long.
WITH unusual AS (
    SELECT *
    FROM (
        SELECT
            *,
            split_part(split_part(description, '$', 2), ' ', 1) AS first,
            split_part(split_part(description, '$', 3), ' ', 1) AS second,
            split_part(description, '$', 4) AS rest
        FROM catalog_entries
    )
    WHERE rest <> ''
        OR try_cast(rtrim(first, '.,;') AS DECIMAL(18, 9)) IS DISTINCT FROM input_per_million
        OR try_cast(rtrim(second, '.,;') AS DECIMAL(18, 9)) IS DISTINCT FROM output_per_million
),

shown AS (
    SELECT
        *,
        list_transform(
            regexp_extract_all(description, '\$([0-9][0-9,]*\.?[0-9]*)', 1),
            lambda amount: try_cast(rtrim(replace(amount, ',', ''), '.') AS DECIMAL(18, 9))
        ) AS amounts
    FROM unusual
)

SELECT
    build_id, catalog_id || ' ' || tool_name AS key,
    'shows ' || amounts::VARCHAR || ', charges ' || input_per_million || ' and ' || output_per_million
        AS detail
FROM shown
WHERE NOT list_has_all(
        [input_per_million, output_per_million, cached_input_per_million], amounts
    )
    OR NOT list_has_all(amounts, [input_per_million, output_per_million])
