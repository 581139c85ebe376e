-- What: Calibration of tiers: how often problems of each tier are really solved, by each policy and each
-- choice of the bank, next to the pass rate that put them there, with a 95 % interval.
-- Grain: contender, revision, is_simulated, tier; tier 'all' has the expected calibration error.
-- Source: calibration in tiers as bins; error of 'all' is the mean gap weighed by episodes, the expected
-- calibration error of Naeini et al. 2015. Poisson bootstrap over problems.
-- Trap: tier_calibration(of_kind := 'evaluate', replicates := 200, seed := 0). Only of a contender like
-- the reference is the rate to be met; of a stronger one it is a floor. What must hold for all is the
-- order: easy above medium above hard. Everyday problems have no tier.
-- Needs: contender_problems, dim_problem, resampling_unit, bootstrap_weights, bound
CREATE OR REPLACE MACRO tier_calibration(of_kind := 'evaluate', replicates := 200, seed := 0) AS TABLE
WITH units AS (
    SELECT
        c.contender, c.revision,
        c.is_simulated OR p.tier_is_simulated AS is_simulated,
        p.tier, resampling_unit(c.problem_id) AS unit,
        count(*) AS problems,
        sum(c.episodes) AS episodes,
        sum(p.pass_rate * c.episodes) AS rate,
        sum(c.solved) AS solved
    FROM contender_problems AS c
    JOIN dim_problem AS p USING (problem_id)
    WHERE c.kind = of_kind AND p.pass_rate IS NOT NULL
    GROUP BY ALL
),

tiers AS (
    SELECT
        u.contender, u.revision, u.is_simulated, u.tier, w.replicate,
        sum(w.weight * u.problems)::BIGINT AS problems,
        sum(w.weight * u.episodes)::BIGINT AS episodes,
        sum(w.weight * u.rate) / sum(w.weight * u.episodes) AS pass_rate,
        sum(w.weight * u.solved) / sum(w.weight * u.episodes) AS solved,
        sum(w.weight * (u.solved - u.rate)) / sum(w.weight * u.episodes) AS gap
    FROM units AS u
    JOIN bootstrap_weights(replicates, seed) AS w USING (unit)
    GROUP BY ALL
),

with_all AS (
    FROM tiers
    UNION ALL BY NAME
    SELECT
        contender, revision, is_simulated, 'all' AS tier, replicate,
        sum(problems)::BIGINT AS problems, sum(episodes)::BIGINT AS episodes,
        sum(pass_rate * episodes) / sum(episodes) AS pass_rate,
        sum(solved * episodes) / sum(episodes) AS solved,
        sum(abs(gap) * episodes) / sum(episodes) AS gap
    FROM tiers
    GROUP BY contender, revision, is_simulated, replicate
)

SELECT
    contender, revision, is_simulated, tier,
    any_value(problems) FILTER (WHERE replicate = 0) AS problems,
    any_value(episodes) FILTER (WHERE replicate = 0) AS episodes,
    any_value(pass_rate) FILTER (WHERE replicate = 0) AS pass_rate,
    any_value(solved) FILTER (WHERE replicate = 0) AS solved,
    bound(solved, replicate, 0.025) AS solved_low,
    bound(solved, replicate, 0.975) AS solved_high,
    any_value(gap) FILTER (WHERE replicate = 0) AS gap,
    bound(gap, replicate, 0.025) AS gap_low,
    bound(gap, replicate, 0.975) AS gap_high
FROM with_all
GROUP BY contender, revision, is_simulated, tier
