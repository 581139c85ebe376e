-- What: Results of every run of an evaluation, with 95 % intervals: the suite's metric, the mean cost of
-- a query, and cost utility.
-- Grain: run_id.
-- Source: value is points / graded episodes times the metric's scale, or the mean of that over the parts
-- of the suite, see by_part; cost_usd is cost / episodes; cost utility as its macro, of the value before
-- its scale; Poisson bootstrap over items, within each part; repetitions of one and turns of one
-- conversation stay together.
-- Trap: evaluation_metrics(replicates := 200, seed := 0); evaluation_results has it with 1,000. What
-- failed counts as wrong, what is ungraded does not count but cost money; cost_usd is of all episodes.
-- A run that was stopped has fewer problems than items: see stopped. To say that one run is
-- better than another take evaluation_pairs.
-- Needs: evaluation_items, by_part, resampling_unit, bootstrap_weights, cost_utility, bound
CREATE OR REPLACE MACRO evaluation_metrics(replicates := 200, seed := 0) AS TABLE
WITH units AS (
    SELECT
        run_id, resampling_unit(drawn_as) AS unit, if(by_part(metric), part, '') AS part,
        sum(episodes) AS episodes, sum(graded) AS graded, sum(points) AS points,
        sum(cost_usd)::DOUBLE AS cost_usd
    FROM evaluation_items
    GROUP BY ALL
),

parts AS (
    SELECT
        u.run_id, w.replicate, split_part(u.part, '/', 1) AS category, u.part,
        sum(w.weight * u.points) / nullif(sum(w.weight * u.graded), 0) AS accuracy,
        sum(w.weight * u.cost_usd) AS cost_usd, sum(w.weight * u.episodes) AS episodes
    FROM units AS u
    JOIN bootstrap_weights(replicates, seed) AS w USING (unit)
    GROUP BY ALL
),

categories AS (
    SELECT
        run_id, replicate, category, avg(accuracy) AS accuracy,
        sum(cost_usd) AS cost_usd, sum(episodes) AS episodes
    FROM parts
    GROUP BY run_id, replicate, category
),

replicated AS (
    SELECT
        run_id, replicate, avg(accuracy) AS accuracy, sum(cost_usd) / sum(episodes) AS cost_usd
    FROM categories
    GROUP BY run_id, replicate
),

bounds AS (
    SELECT
        run_id,
        max(accuracy) FILTER (WHERE replicate = 0) AS accuracy,
        bound(accuracy, replicate, 0.025) AS low,
        bound(accuracy, replicate, 0.975) AS high,
        bound(cost_usd, replicate, 0.025) AS cost_low,
        bound(cost_usd, replicate, 0.975) AS cost_high,
        bound(cost_utility(accuracy, cost_usd), replicate, 0.025) AS utility_low,
        bound(cost_utility(accuracy, cost_usd), replicate, 0.975) AS utility_high
    FROM replicated
    GROUP BY run_id
),

totals AS (
    SELECT
        run_id,
        count(*) AS problems,
        sum(episodes)::BIGINT AS episodes,
        sum(graded)::BIGINT AS graded,
        (sum(episodes) - sum(graded))::BIGINT AS ungraded,
        sum(failed)::BIGINT AS failed,
        sum(score) / nullif(sum(graded), 0) AS score,
        sum(solved) / nullif(sum(graded), 0) AS solved,
        sum(cost_usd)::DECIMAL(18, 9) AS total_cost_usd,
        sum(cost_usd)::DOUBLE / sum(episodes) AS cost_usd,
        sum(direct) / sum(episodes) AS direct,
        sum(selected) / sum(episodes) AS selected,
        sum(synthesize) / sum(episodes) AS synthesize
    FROM evaluation_items
    GROUP BY run_id
)

SELECT
    v.run_id, v.suite, v.suite_revision, v.policy, v.policy_revision, v.policy_model, v.pool,
    v.cost_weight, v.simulated AS is_simulated, v.started_at, v.stopped, v.metric, v.metric_scale,
    v.repetitions, v.items, t.problems, t.episodes, t.graded, t.ungraded, t.failed,
    b.accuracy * v.metric_scale AS value,
    b.low * v.metric_scale AS value_low,
    b.high * v.metric_scale AS value_high,
    t.score, t.solved,
    t.cost_usd, b.cost_low, b.cost_high, t.total_cost_usd,
    cost_utility(b.accuracy, t.cost_usd) AS cost_utility, b.utility_low, b.utility_high,
    t.direct, t.selected, t.synthesize
FROM evaluations AS v
JOIN totals AS t USING (run_id)
JOIN bounds AS b USING (run_id)
