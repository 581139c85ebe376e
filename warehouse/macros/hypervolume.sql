-- What: Hypervolume: the area of accuracy and cost that a contender's revisions, or all single models
-- together, leave behind, against a stated reference point, with a 95 % interval.
-- Grain: contender, is_simulated.
-- Source: Zitzler and Thiele 1999 (the S metric), in two dimensions: accuracy 0 and cost_reference are
-- the reference point; value is the area, share the area of the whole rectangle it fills.
-- Trap: hypervolume(cost_reference, of_kind := 'evaluate', replicates := 200, seed := 0), in USD per
-- episode. Only values with one reference can be compared. Points dearer than it count for nothing.
-- Needs: quality_points, bound
CREATE OR REPLACE MACRO hypervolume(
    cost_reference, of_kind := 'evaluate', replicates := 200, seed := 0
) AS TABLE
WITH steps AS (
    SELECT
        is_baseline, contender, is_simulated, replicate, problems, accuracy, cost_usd,
        least(
            coalesce(lead(cost_usd) OVER (
                PARTITION BY is_baseline, contender, is_simulated, replicate ORDER BY cost_usd
            ), 'inf'::DOUBLE),
            cost_reference::DOUBLE
        ) AS until_usd
    FROM quality_points(of_kind, replicates, seed)
    WHERE on_own_frontier
),

areas AS (
    SELECT
        is_baseline, contender, is_simulated, replicate,
        max(problems) AS problems,
        coalesce(sum((until_usd - cost_usd) * accuracy) FILTER (WHERE until_usd > cost_usd), 0)
            AS value
    FROM steps
    GROUP BY ALL
)

SELECT
    contender, is_simulated,
    any_value(value) FILTER (WHERE replicate = 0) AS value,
    bound(value, replicate, 0.025) AS low,
    bound(value, replicate, 0.975) AS high,
    any_value(value) FILTER (WHERE replicate = 0) / cost_reference::DOUBLE AS share,
    any_value(problems) FILTER (WHERE replicate = 0) AS problems
FROM areas
GROUP BY is_baseline, contender, is_simulated
