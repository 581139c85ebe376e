-- What: The non-decreasing convex hull of each contender's points, in every replicate: what mixing its
-- revisions at random can reach. Of 'single' it is the hull of all single models.
-- Grain: contender, is_simulated, replicate, cost_usd.
-- Source: RouterBench (arXiv 2403.12031), section 3.2: a mixture of two routers reaches every point of
-- the line between them, so the upper concave envelope of the points, kept from falling.
-- Trap: quality_hull('evaluate', 200, 0). A point of the frontier is a corner of the hull where the
-- steepest way on is flatter than the flattest way up to it.
-- Needs: quality_points
CREATE OR REPLACE MACRO quality_hull(of_kind, replicates, seed) AS TABLE
WITH frontier AS (
    SELECT is_baseline, contender, revision, is_simulated, replicate, problems, cost_usd, accuracy
    FROM quality_points(of_kind, replicates, seed)
    WHERE on_own_frontier
),

slopes AS (
    SELECT
        a.is_baseline, a.contender, a.revision, a.is_simulated, a.replicate, a.problems, a.cost_usd,
        a.accuracy,
        min((a.accuracy - b.accuracy) / (a.cost_usd - b.cost_usd))
            FILTER (WHERE b.cost_usd < a.cost_usd) AS up_to,
        max((b.accuracy - a.accuracy) / (b.cost_usd - a.cost_usd))
            FILTER (WHERE b.cost_usd > a.cost_usd) AS onward
    FROM frontier AS a
    JOIN frontier AS b
        ON b.is_baseline = a.is_baseline AND b.contender = a.contender
        AND b.is_simulated = a.is_simulated AND b.replicate = a.replicate
    GROUP BY ALL
)

SELECT
    is_baseline, contender, revision, is_simulated, replicate, problems, cost_usd, accuracy,
    lead(cost_usd) OVER corners AS next_cost_usd,
    lead(accuracy) OVER corners AS next_accuracy
FROM slopes
WHERE up_to IS NULL OR onward IS NULL OR onward < up_to
WINDOW corners AS (
    PARTITION BY is_baseline, contender, is_simulated, replicate ORDER BY cost_usd
)
