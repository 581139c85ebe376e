-- What: Two contenders on the problems that both were judged on: mean score, share solved, cost and
-- reward of each, their difference with a 95 % interval, wins and losses by problem, and a p-value.
-- Grain: metric, is_simulated.
-- Source: paired Poisson bootstrap over problems for the interval; exact sign test over problems for
-- p_value, which is McNemar's where each was asked once.
-- Trap: compare_policies('a', 'b', of_kind := 'evaluate', revision_a := NULL, revision_b := NULL,
-- replicates := 200, seed := 0). A name is a policy's or one of the bank's: 'oracle', 'random', 'single'
-- with the model as revision. Without a revision all of a policy's are one. difference is a - b by
-- problem; a win is a higher value of a, of cost_usd a lower one. Problems that only one of them has are
-- left out: see problems. Of several episodes the mean counts. No row: they have no problem in common.
-- Needs: contender_problems, resampling_unit, bootstrap_weights, bound, sign_test
CREATE OR REPLACE MACRO compare_policies(
    a, b, of_kind := 'evaluate', revision_a := NULL, revision_b := NULL, replicates := 200, seed := 0
) AS TABLE
WITH sides AS (
    SELECT
        s.side, c.is_simulated, c.problem_id,
        sum(c.score) / sum(c.episodes) AS score,
        sum(c.solved) / sum(c.episodes) AS solved,
        sum(c.cost_usd) / nullif(sum(c.costed), 0) AS cost_usd,
        sum(c.reward) / nullif(sum(c.rewarded), 0) AS reward
    FROM contender_problems AS c
    JOIN (VALUES ('a', a, revision_a), ('b', b, revision_b)) AS s(side, named, revised)
        ON s.named = c.contender AND (s.revised IS NULL OR s.revised = c.revision)
    WHERE c.kind IN (of_kind, 'bank')
    GROUP BY ALL
),

pairs AS (
    SELECT
        x.is_simulated, resampling_unit(x.problem_id) AS unit,
        unnest([
            {'metric': 'accuracy', 'of_a': x.score, 'of_b': y.score, 'sign': 1},
            {'metric': 'solved', 'of_a': x.solved, 'of_b': y.solved, 'sign': 1},
            {'metric': 'cost_usd', 'of_a': x.cost_usd, 'of_b': y.cost_usd, 'sign': -1},
            {'metric': 'reward', 'of_a': x.reward, 'of_b': y.reward, 'sign': 1}
        ], recursive := true)
    FROM sides AS x
    JOIN sides AS y ON y.problem_id = x.problem_id AND y.is_simulated = x.is_simulated
    WHERE x.side = 'a' AND y.side = 'b'
),

units AS (
    SELECT
        is_simulated, metric, unit,
        count(*) AS problems, sum(of_a) AS sum_a, sum(of_b) AS sum_b,
        count(*) FILTER (WHERE sign * of_a > sign * of_b) AS wins,
        count(*) FILTER (WHERE sign * of_a < sign * of_b) AS losses
    FROM pairs
    WHERE of_a IS NOT NULL AND of_b IS NOT NULL
    GROUP BY ALL
),

replicated AS (
    SELECT
        u.is_simulated, u.metric, w.replicate,
        sum(w.weight * u.problems)::BIGINT AS problems,
        sum(w.weight * u.sum_a) / sum(w.weight * u.problems) AS mean_a,
        sum(w.weight * u.sum_b) / sum(w.weight * u.problems) AS mean_b,
        sum(w.weight * u.wins)::BIGINT AS wins,
        sum(w.weight * u.losses)::BIGINT AS losses
    FROM units AS u
    JOIN bootstrap_weights(replicates, seed) AS w USING (unit)
    GROUP BY ALL
)

SELECT
    metric, is_simulated,
    any_value(problems) FILTER (WHERE replicate = 0) AS problems,
    any_value(mean_a) FILTER (WHERE replicate = 0) AS mean_a,
    any_value(mean_b) FILTER (WHERE replicate = 0) AS mean_b,
    any_value(mean_a - mean_b) FILTER (WHERE replicate = 0) AS difference,
    bound(mean_a - mean_b, replicate, 0.025) AS low,
    bound(mean_a - mean_b, replicate, 0.975) AS high,
    any_value(wins) FILTER (WHERE replicate = 0) AS wins,
    any_value(losses) FILTER (WHERE replicate = 0) AS losses,
    sign_test(
        any_value(wins) FILTER (WHERE replicate = 0), any_value(losses) FILTER (WHERE replicate = 0)
    ) AS p_value
FROM replicated
GROUP BY metric, is_simulated
