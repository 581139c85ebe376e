-- What: Two runs of an evaluation on the items of a suite that both were graded on: value and cost of
-- each, their differences with 95 % intervals, wins, losses and ties by item, and the p-value of the
-- sign test.
-- Grain: run_a, run_b.
-- Source: paired Poisson bootstrap over items, as compare_policies; exact sign test over items, which is
-- McNemar's where each item was asked once.
-- Trap: compare_runs(replicates := 200, seed := 0). Every pair of runs over one revision of a suite that
-- are alike in is_simulated stands here once; a is the router where the other is a baseline, otherwise
-- the first by name. Values are in the metric's scale, and every item counts once, whatever its
-- repetitions: they may differ a little from evaluation_results. difference is a - b. Filter by run_a
-- or run_b, which makes it quick. Many pairs, many tests: one in twenty is below 0.05 by chance.
-- Needs: evaluation_items, baseline_policy, resampling_unit, bootstrap_weights, bound, sign_test
CREATE OR REPLACE MACRO compare_runs(replicates := 200, seed := 0) AS TABLE
WITH means AS (
    SELECT
        run_id, suite, suite_revision, is_simulated, metric, metric_scale, policy, pool, problem_id,
        points / graded AS value,
        cost_usd::DOUBLE / episodes AS cost_usd,
        (baseline_policy(policy), policy, run_id) AS place
    FROM evaluation_items
    WHERE graded > 0
),

units AS (
    SELECT
        a.run_id AS run_a, b.run_id AS run_b, a.suite, a.suite_revision, a.is_simulated, a.metric,
        a.metric_scale, a.policy AS policy_a, b.policy AS policy_b, a.pool AS pool_a,
        b.pool AS pool_b,
        resampling_unit(a.problem_id) AS unit,
        count(*) AS problems,
        sum(a.value) AS sum_a, sum(b.value) AS sum_b,
        sum(a.cost_usd) AS cost_a, sum(b.cost_usd) AS cost_b,
        count(*) FILTER (WHERE a.value > b.value) AS wins,
        count(*) FILTER (WHERE a.value < b.value) AS losses
    FROM means AS a
    JOIN means AS b
        ON b.suite = a.suite AND b.suite_revision = a.suite_revision
        AND b.is_simulated = a.is_simulated AND b.problem_id = a.problem_id AND b.place > a.place
    GROUP BY ALL
),

replicated AS (
    SELECT
        u.run_a, u.run_b, w.replicate,
        sum(w.weight * (u.sum_a - u.sum_b)) / sum(w.weight * u.problems) AS difference,
        sum(w.weight * (u.cost_a - u.cost_b)) / sum(w.weight * u.problems) AS cost_difference
    FROM units AS u
    JOIN bootstrap_weights(replicates, seed) AS w USING (unit)
    GROUP BY ALL
),

bounds AS (
    SELECT
        run_a, run_b,
        bound(difference, replicate, 0.025) AS low,
        bound(difference, replicate, 0.975) AS high,
        bound(cost_difference, replicate, 0.025) AS cost_low,
        bound(cost_difference, replicate, 0.975) AS cost_high
    FROM replicated
    GROUP BY run_a, run_b
),

totals AS (
    SELECT
        run_a, run_b, suite, suite_revision, is_simulated, metric, metric_scale, policy_a, policy_b,
        pool_a, pool_b,
        sum(problems)::BIGINT AS problems,
        sum(sum_a) / sum(problems) AS value_a, sum(sum_b) / sum(problems) AS value_b,
        sum(cost_a) / sum(problems) AS cost_a, sum(cost_b) / sum(problems) AS cost_b,
        sum(wins)::BIGINT AS wins, sum(losses)::BIGINT AS losses
    FROM units
    GROUP BY
        run_a, run_b, suite, suite_revision, is_simulated, metric, metric_scale, policy_a, policy_b,
        pool_a, pool_b
)

SELECT
    run_a, run_b, t.suite, t.suite_revision, t.is_simulated, t.policy_a, t.policy_b, t.pool_a,
    t.pool_b, t.metric, t.metric_scale, t.problems,
    t.value_a * t.metric_scale AS value_a,
    t.value_b * t.metric_scale AS value_b,
    (t.value_a - t.value_b) * t.metric_scale AS difference,
    b.low * t.metric_scale AS low,
    b.high * t.metric_scale AS high,
    t.wins, t.losses, t.problems - t.wins - t.losses AS ties,
    sign_test(t.wins, t.losses) AS p_value,
    t.cost_a, t.cost_b,
    t.cost_a - t.cost_b AS cost_difference, b.cost_low, b.cost_high
FROM totals AS t
JOIN bounds AS b USING (run_a, run_b)
