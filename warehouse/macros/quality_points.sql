-- What: Points of accuracy over cost in every replicate, and which of those that can be had, policies
-- and single models, no other one beats.
-- Grain: contender, revision, is_simulated, replicate.
-- Source: Pareto frontier: no other point is both no dearer and no worse. Poisson bootstrap over
-- problems.
-- Trap: quality_points('evaluate', 200, 0). on_frontier is among all that competes with equal
-- is_simulated, on_own_frontier among the revisions of one contender (of 'single': all single models).
-- Oracle, random and tier_oracle are no points that can be had, and neither are points of unknown cost:
-- they do not compete, and both are NULL.
-- Needs: contender_replicates
CREATE OR REPLACE MACRO quality_points(of_kind, replicates, seed) AS TABLE
WITH points AS (
    SELECT *, cost_usd IS NOT NULL AND (contender = 'single' OR NOT is_baseline) AS competes
    FROM contender_replicates(of_kind, replicates, seed)
)

SELECT
    *,
    if(competes, accuracy > coalesce(max(accuracy) OVER everybody, -1), NULL) AS on_frontier,
    if(competes, accuracy > coalesce(max(accuracy) OVER own, -1), NULL) AS on_own_frontier
FROM points
WINDOW
    -- Of points that are equal in both, the first one by name stands for all.
    everybody AS (
        PARTITION BY competes, is_simulated, replicate
        ORDER BY cost_usd, accuracy DESC, contender, revision
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ),
    own AS (
        PARTITION BY competes, is_baseline, contender, is_simulated, replicate
        ORDER BY cost_usd, accuracy DESC, revision
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
