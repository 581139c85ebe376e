-- What: CPT(x): the smallest share of calls to the stronger of two models with which a ranker recovers
-- a share x of the gap between them, with a 95 % interval.
-- Grain: ranker, is_simulated, recovered.
-- Source: RouteLLM (arXiv 2406.18665), section 4, call-performance threshold; by linear interpolation as
-- there, on the exact curve, where it first gets there.
-- Trap: cpt('strong', 'weak', shares := [0.2, 0.5, 0.8], of_kind := 'evaluate', replicates := 200,
-- seed := 0). Smaller is better; chance needs x. NULL where the stronger model is not the better one.
-- Needs: deferral_steps, bound
CREATE OR REPLACE MACRO cpt(
    strong, weak, shares := [0.2, 0.5, 0.8], of_kind := 'evaluate', replicates := 200, seed := 0
) AS TABLE
WITH wanted AS (SELECT unnest(shares)::DOUBLE AS recovered),

reached AS (
    SELECT
        d.ranker, d.is_simulated, d.replicate, x.recovered,
        any_value(d.problems) AS problems,
        min(
            d.share_before + (d.strong_share - d.share_before)
            * if(
                d.pgr_before >= x.recovered, 0,
                (x.recovered - d.pgr_before) / (d.pgr - d.pgr_before)
            )
        ) AS value
    FROM deferral_steps(strong, weak, of_kind, replicates, seed) AS d
    JOIN wanted AS x ON d.pgr >= x.recovered OR d.pgr_before >= x.recovered
    GROUP BY d.ranker, d.is_simulated, d.replicate, x.recovered
)

SELECT
    ranker, is_simulated, recovered,
    any_value(value) FILTER (WHERE replicate = 0) AS value,
    bound(value, replicate, 0.025) AS low,
    bound(value, replicate, 0.975) AS high,
    any_value(problems) AS problems
FROM reached
GROUP BY ranker, is_simulated, recovered
