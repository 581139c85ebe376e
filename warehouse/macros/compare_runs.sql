-- What: Two runs of an evaluation on the items of a suite that both were graded on: value and cost of
-- each, their differences with 95 % intervals, wins, losses and ties by item, and the p-value of the
-- sign test.
-- Grain: run_a, run_b.
-- Source: paired Poisson bootstrap over items, as compare_policies, and over the parts of the suite as
-- evaluation_metrics; exact sign test over items, which is McNemar's where each item was asked once.
-- Trap: compare_runs(replicates := 200, seed := 0). Every pair of runs over one revision of a suite that
-- are alike in is_simulated stands here once; a is the router where the other is a baseline, otherwise
-- the first by name. Values are in the metric's scale, and every item counts once, whatever its
-- repetitions: they may differ a little from evaluation_results. difference is a - b. A conversation is
-- won, lost or tied as a whole, while problems counts its turns. Filter by run_a or run_b, which makes
-- it quick. Many pairs, many tests: one in twenty is below 0.05 by chance.
-- Needs: evaluation_items, baseline_policy, by_part, resampling_unit, bootstrap_weights, bound, sign_test
CREATE OR REPLACE MACRO compare_runs(replicates := 200, seed := 0) AS TABLE
WITH means AS (
    SELECT
        run_id, suite, suite_revision, is_simulated, metric, metric_scale, policy, pool, problem_id,
        drawn_as, if(by_part(metric), part, '') AS part,
        points / graded AS value,
        cost_usd::DOUBLE / episodes AS cost_usd,
        (baseline_policy(policy), policy, run_id) AS place
    FROM evaluation_items
    WHERE graded > 0
),

paired AS (
    SELECT
        a.run_id AS run_a, b.run_id AS run_b, a.suite, a.suite_revision, a.is_simulated, a.metric,
        a.metric_scale, a.policy AS policy_a, b.policy AS policy_b, a.pool AS pool_a,
        b.pool AS pool_b,
        a.drawn_as, a.part,
        a.value AS value_a, b.value AS value_b, a.cost_usd AS cost_a, b.cost_usd AS cost_b
    FROM means AS a
    JOIN means AS b
        ON b.suite = a.suite AND b.suite_revision = a.suite_revision
        AND b.is_simulated = a.is_simulated AND b.problem_id = a.problem_id AND b.place > a.place
),

units AS (
    SELECT
        run_a, run_b, resampling_unit(drawn_as) AS unit, part,
        count(*) AS problems, sum(value_a) AS sum_a, sum(value_b) AS sum_b,
        sum(cost_a) AS cost_a, sum(cost_b) AS cost_b
    FROM paired
    GROUP BY ALL
),

parts AS (
    SELECT
        u.run_a, u.run_b, w.replicate, split_part(u.part, '/', 1) AS category, u.part,
        sum(w.weight * u.sum_a) / sum(w.weight * u.problems) AS value_a,
        sum(w.weight * u.sum_b) / sum(w.weight * u.problems) AS value_b,
        sum(w.weight * (u.cost_a - u.cost_b)) AS cost, sum(w.weight * u.problems) AS problems
    FROM units AS u
    JOIN bootstrap_weights(replicates, seed) AS w USING (unit)
    GROUP BY ALL
),

categories AS (
    SELECT
        run_a, run_b, replicate, category, avg(value_a) AS value_a, avg(value_b) AS value_b,
        sum(cost) AS cost, sum(problems) AS problems
    FROM parts
    GROUP BY run_a, run_b, replicate, category
),

replicated AS (
    SELECT
        run_a, run_b, replicate, avg(value_a) AS value_a, avg(value_b) AS value_b,
        avg(value_a) - avg(value_b) AS difference, sum(cost) / sum(problems) AS cost_difference
    FROM categories
    GROUP BY run_a, run_b, replicate
),

bounds AS (
    SELECT
        run_a, run_b,
        max(value_a) FILTER (WHERE replicate = 0) AS value_a,
        max(value_b) FILTER (WHERE replicate = 0) AS value_b,
        bound(difference, replicate, 0.025) AS low,
        bound(difference, replicate, 0.975) AS high,
        bound(cost_difference, replicate, 0.025) AS cost_low,
        bound(cost_difference, replicate, 0.975) AS cost_high
    FROM replicated
    GROUP BY run_a, run_b
),

items AS (
    SELECT
        run_a, run_b, suite, suite_revision, is_simulated, metric, metric_scale, policy_a, policy_b,
        pool_a, pool_b,
        count(*) AS problems, sum(cost_a) AS cost_a, sum(cost_b) AS cost_b,
        sum(value_a - value_b) AS gain
    FROM paired
    GROUP BY
        run_a, run_b, suite, suite_revision, is_simulated, metric, metric_scale, policy_a, policy_b,
        pool_a, pool_b, drawn_as
),

totals AS (
    SELECT
        run_a, run_b, suite, suite_revision, is_simulated, metric, metric_scale, policy_a, policy_b,
        pool_a, pool_b,
        sum(problems)::BIGINT AS problems,
        sum(cost_a) / sum(problems) AS cost_a, sum(cost_b) / sum(problems) AS cost_b,
        count(*) FILTER (WHERE gain > 1e-12) AS wins,
        count(*) FILTER (WHERE gain < -1e-12) AS losses,
        count(*) AS items
    FROM items
    GROUP BY
        run_a, run_b, suite, suite_revision, is_simulated, metric, metric_scale, policy_a, policy_b,
        pool_a, pool_b
)

SELECT
    run_a, run_b, t.suite, t.suite_revision, t.is_simulated, t.policy_a, t.policy_b, t.pool_a,
    t.pool_b, t.metric, t.metric_scale, t.problems,
    b.value_a * t.metric_scale AS value_a,
    b.value_b * t.metric_scale AS value_b,
    (b.value_a - b.value_b) * t.metric_scale AS difference,
    b.low * t.metric_scale AS low,
    b.high * t.metric_scale AS high,
    t.wins, t.losses, t.items - t.wins - t.losses AS ties,
    sign_test(t.wins, t.losses) AS p_value,
    t.cost_a, t.cost_b,
    t.cost_a - t.cost_b AS cost_difference, b.cost_low, b.cost_high
FROM totals AS t
JOIN bounds AS b USING (run_a, run_b)
