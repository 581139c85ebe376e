-- What: AIQ: mean accuracy on the convex hull over a stated range of costs, for each contender's
-- revisions and for all single models together (contender 'single'), with a 95 % interval.
-- Grain: contender, is_simulated.
-- Source: RouterBench (arXiv 2403.12031), equation 5: the area under the non-decreasing convex hull over
-- the cost range, divided by its width; right of the last point the hull is flat.
-- Trap: aiq(c_min, c_max, of_kind := 'evaluate', replicates := 200, seed := 0), costs in USD per
-- episode. Only values over one and the same range can be compared: pin it. Left of the cheapest point
-- nothing can be had and 0 counts. One point alone has a hull, too: a flat one.
-- Needs: quality_hull, bound
CREATE OR REPLACE MACRO aiq(
    c_min, c_max, of_kind := 'evaluate', replicates := 200, seed := 0
) AS TABLE
WITH cut AS (
    SELECT
        contender, is_simulated, replicate, problems, cost_usd, accuracy,
        greatest(cost_usd, c_min::DOUBLE) AS x1,
        least(coalesce(next_cost_usd, 'inf'::DOUBLE), c_max::DOUBLE) AS x2,
        coalesce((next_accuracy - accuracy) / (next_cost_usd - cost_usd), 0) AS slope
    FROM quality_hull(of_kind, replicates, seed)
),

areas AS (
    SELECT
        contender, is_simulated, replicate,
        max(problems) AS problems,
        count(*) AS corners,
        coalesce(sum(
            (x2 - x1) * (accuracy + slope * ((x1 + x2) / 2 - cost_usd))
        ) FILTER (WHERE x2 > x1), 0) / (c_max::DOUBLE - c_min::DOUBLE) AS value
    FROM cut
    GROUP BY contender, is_simulated, replicate
)

SELECT
    contender, is_simulated,
    any_value(value) FILTER (WHERE replicate = 0) AS value,
    bound(value, replicate, 0.025) AS low,
    bound(value, replicate, 0.975) AS high,
    any_value(corners) FILTER (WHERE replicate = 0) AS corners,
    any_value(problems) FILTER (WHERE replicate = 0) AS problems
FROM areas
GROUP BY contender, is_simulated
