-- What: Accuracy over cost: every policy and single model as a point, who is on the Pareto frontier,
-- and how far the others are from it (ParetoDist), with a 95 % interval. Oracle and random are listed,
-- but no points that can be had.
-- Grain: contender, revision, is_simulated.
-- Source: LLMRouterBench (arXiv 2601.07206): ParetoDist is the distance to the Pareto frontier, smaller
-- is better. Here: Euclidean distance to the nearest point of the frontier, with costs and accuracies
-- divided by their ranges over all points.
-- Trap: frontier(of_kind := 'evaluate', replicates := 200, seed := 0). The distance depends on who else
-- is there: the ranges and the frontier are those of this very list. 0 on the frontier. Points over
-- other problems are not comparable, see problems. NULL for what cannot be had or has no known cost.
-- Needs: quality_points, bound
CREATE OR REPLACE MACRO frontier(of_kind := 'evaluate', replicates := 200, seed := 0) AS TABLE
WITH points AS MATERIALIZED (
    SELECT
        *,
        nullif(max(cost_usd) OVER everybody - min(cost_usd) OVER everybody, 0) AS cost_range,
        nullif(max(accuracy) OVER everybody - min(accuracy) OVER everybody, 0) AS accuracy_range
    FROM quality_points(of_kind, replicates, seed)
    WHERE contender <> 'tier_oracle'
    WINDOW everybody AS (PARTITION BY competes, is_simulated, replicate)
),

distances AS (
    SELECT
        p.is_baseline, p.contender, p.revision, p.is_simulated, p.replicate,
        min(sqrt(
            pow(coalesce((p.cost_usd - f.cost_usd) / p.cost_range, 0), 2)
            + pow(coalesce((p.accuracy - f.accuracy) / p.accuracy_range, 0), 2)
        )) AS distance
    FROM points AS p
    JOIN points AS f
        ON f.is_simulated = p.is_simulated AND f.replicate = p.replicate AND f.on_frontier
    WHERE p.competes
    GROUP BY ALL
)

SELECT
    p.is_baseline, p.contender, p.revision, p.is_simulated,
    any_value(p.problems) FILTER (WHERE p.replicate = 0) AS problems,
    any_value(p.episodes) FILTER (WHERE p.replicate = 0) AS episodes,
    any_value(p.accuracy) FILTER (WHERE p.replicate = 0) AS accuracy,
    any_value(p.solved) FILTER (WHERE p.replicate = 0) AS solved,
    any_value(p.cost_usd) FILTER (WHERE p.replicate = 0) AS cost_usd,
    any_value(p.on_frontier) FILTER (WHERE p.replicate = 0) AS on_frontier,
    avg(p.on_frontier::INT) FILTER (WHERE p.replicate > 0) AS frontier_share,
    any_value(d.distance) FILTER (WHERE p.replicate = 0) AS pareto_distance,
    bound(d.distance, p.replicate, 0.025) AS low,
    bound(d.distance, p.replicate, 0.975) AS high
FROM points AS p
LEFT JOIN distances AS d
    ON d.is_baseline = p.is_baseline AND d.contender = p.contender
    AND d.revision IS NOT DISTINCT FROM p.revision AND d.is_simulated = p.is_simulated
    AND d.replicate = p.replicate
GROUP BY p.is_baseline, p.contender, p.revision, p.is_simulated
