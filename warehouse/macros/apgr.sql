-- What: APGR: the area under the curve of the recovered gap over all shares of calls to the stronger of
-- two models, for every ranker, with a 95 % interval.
-- Grain: ranker, is_simulated.
-- Source: RouteLLM (arXiv 2406.18665), section 4: the mean of PGR over thresholds, there by the trapezoid
-- rule over ten of them; here over every step of the exact curve.
-- Trap: apgr('strong', 'weak', of_kind := 'evaluate', replicates := 200, seed := 0). 0.5 is chance, the
-- oracle may be above 1: PGR passes 1 where the weaker model is right alone. NULL where the stronger
-- model is not the better one.
-- Needs: deferral_steps, bound
CREATE OR REPLACE MACRO apgr(
    strong, weak, of_kind := 'evaluate', replicates := 200, seed := 0
) AS TABLE
WITH areas AS (
    SELECT
        ranker, is_simulated, replicate,
        any_value(problems) AS problems,
        sum((strong_share - share_before) * (pgr + pgr_before) / 2) AS value
    FROM deferral_steps(strong, weak, of_kind, replicates, seed)
    GROUP BY ranker, is_simulated, replicate
)

SELECT
    ranker, is_simulated,
    any_value(value) FILTER (WHERE replicate = 0) AS value,
    bound(value, replicate, 0.025) AS low,
    bound(value, replicate, 0.975) AS high,
    any_value(problems) AS problems
FROM areas
GROUP BY ranker, is_simulated
