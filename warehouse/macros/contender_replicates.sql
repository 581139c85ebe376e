-- What: Figures of every contender in every replicate of resampling by problems: what intervals are
-- made of.
-- Grain: contender, revision, is_simulated, replicate.
-- Source: Poisson bootstrap over problems, see bootstrap_weights; ratios of sums in each replicate.
-- Trap: contender_replicates('evaluate', 200, 0). Policies of that kind and, over the problems that
-- these were asked, the fixed choices of the bank; kind 'bank' is the bank alone. accuracy is the mean
-- score over episodes, solved the share of full scores; cost_usd is per episode of known cost.
-- Needs: contender_problems, resampling_unit, bootstrap_weights
CREATE OR REPLACE MACRO contender_replicates(of_kind, replicates, seed) AS TABLE
WITH units AS (
    SELECT
        c.kind = 'bank' AS is_baseline, c.contender, c.revision, c.is_simulated,
        resampling_unit(c.problem_id) AS unit,
        count(*) AS problems,
        sum(c.episodes) AS episodes, sum(c.score) AS score, sum(c.solved) AS solved,
        sum(c.cost_usd) AS cost_usd, sum(c.costed) AS costed, sum(c.reward) AS reward,
        sum(c.rewarded) AS rewarded, sum(c.failed) AS failed
    FROM contender_problems AS c
    WHERE c.kind = of_kind OR (c.kind = 'bank' AND EXISTS (
        FROM episodes AS e WHERE e.kind = of_kind AND coalesce(e.bank_problem_id, e.problem_id) = c.problem_id
    ))
    GROUP BY ALL
)

SELECT
    u.is_baseline, u.contender, u.revision, u.is_simulated, w.replicate,
    sum(w.weight * u.problems)::BIGINT AS problems,
    sum(w.weight * u.episodes)::BIGINT AS episodes,
    sum(w.weight * u.score) / sum(w.weight * u.episodes) AS accuracy,
    sum(w.weight * u.solved) / sum(w.weight * u.episodes) AS solved,
    sum(w.weight * u.cost_usd) / nullif(sum(w.weight * u.costed), 0) AS cost_usd,
    sum(w.weight * u.reward) / nullif(sum(w.weight * u.rewarded), 0) AS reward,
    sum(w.weight * u.failed) / sum(w.weight * u.episodes) AS failed
FROM units AS u
JOIN bootstrap_weights(replicates, seed) AS w USING (unit)
GROUP BY u.is_baseline, u.contender, u.revision, u.is_simulated, w.replicate
