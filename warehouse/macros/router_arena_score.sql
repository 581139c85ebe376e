-- What: RouterArena score: weighted harmonic mean of accuracy and cost on a logarithmic scale.
-- Source: RouterArena (arXiv 2510.00202): ((1 + beta) * A * C) / (beta * A + C), beta 0.1, with C =
-- (log2(c_max) - log2(c)) / (log2(c_max) - log2(c_min)), c in USD per 1,000 queries, 200 and 0.0044.
-- Trap: Written as (1 + beta) * A / (1 + beta * A / C). Takes the cost of one query. Costs outside the range count as its ends, so that no cost at all
-- is C = 1; RouterArena's own code does not cut off there and refuses 0. Accuracy rules: beta is small.
CREATE OR REPLACE MACRO router_arena_score(
    accuracy, cost_per_query, beta := 0.1, c_max := 200, c_min := 0.0044
) AS
    CASE
        WHEN cost_per_query IS NULL THEN NULL
        WHEN accuracy = 0 OR 1000 * cost_per_query >= c_max THEN 0.0
        ELSE
            (1 + beta) * accuracy / (
                1 + beta * accuracy * ln(c_max / c_min)
                / ln(c_max / greatest(1000 * cost_per_query::DOUBLE, c_min))
            )
    END
