-- What: Deferral curves in every replicate: with the most wanted share of problems given to the
-- stronger model, how much of the gap between the two is recovered.
-- Grain: ranker, is_simulated, replicate, step; what is before the first step is the weaker model.
-- Source: RouteLLM (arXiv 2406.18665): PGR = (router - weak) / (strong - weak). Poisson bootstrap over
-- problems.
-- Trap: deferral_steps('strong', 'weak', 'evaluate', 200, 0). Problems of one rank are one step: which
-- of them goes first is chance, so the curve is straight between steps. Replicate 0 has every rank, the
-- others at most 1,000 steps. pgr is NULL where the stronger model is not the better one.
-- Needs: deferral_ranks, bootstrap_weights
CREATE OR REPLACE MACRO deferral_steps(strong, weak, of_kind, replicates, seed) AS TABLE
WITH ranked AS (
    SELECT
        *,
        rank() OVER (PARTITION BY ranker, is_simulated ORDER BY wish DESC) AS place,
        count(*) OVER (PARTITION BY ranker, is_simulated) AS problems
    FROM deferral_ranks(strong, weak, of_kind)
),

steps AS (
    SELECT
        ranker, is_simulated, 0 AS replicate, place AS step, any_value(problems) AS problems,
        count(*)::DOUBLE AS n, sum(strong_score) AS strong_sum, sum(weak_score) AS weak_sum
    FROM ranked
    GROUP BY ALL
    UNION ALL
    SELECT
        r.ranker, r.is_simulated, w.replicate,
        if(r.problems > 1000, 1 + 1000 * (r.place - 1) // r.problems, r.place) AS step,
        any_value(r.problems),
        sum(w.weight)::DOUBLE, sum(w.weight * r.strong_score), sum(w.weight * r.weak_score)
    FROM ranked AS r
    JOIN bootstrap_weights(replicates, seed) AS w USING (unit)
    WHERE w.replicate > 0
    GROUP BY ALL
),

summed AS (
    SELECT
        *,
        sum(n) OVER everything AS all_n,
        sum(strong_sum) OVER everything AS all_strong,
        sum(weak_sum) OVER everything AS all_weak,
        sum(n) OVER so_far AS given_n,
        sum(strong_sum - weak_sum) OVER so_far AS gained
    FROM steps
    WINDOW
        everything AS (PARTITION BY ranker, is_simulated, replicate),
        so_far AS (PARTITION BY ranker, is_simulated, replicate ORDER BY step)
)

SELECT
    ranker, is_simulated, replicate, step, problems,
    given_n / all_n AS strong_share,
    (all_weak + gained) / all_n AS accuracy,
    if(all_strong > all_weak, gained / (all_strong - all_weak), NULL) AS pgr,
    (given_n - n) / all_n AS share_before,
    (all_weak + gained - strong_sum + weak_sum) / all_n AS accuracy_before,
    if(all_strong > all_weak, (gained - strong_sum + weak_sum) / (all_strong - all_weak), NULL)
        AS pgr_before
FROM summed
