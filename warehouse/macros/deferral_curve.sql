-- What: Deferral curves: accuracy and recovered gap over the share of problems that go to the stronger
-- of two models, at every hundredth, with a 95 % band.
-- Grain: ranker, is_simulated, strong_share.
-- Source: RouteLLM (arXiv 2406.18665), performance over strong calls; read off the exact curve of
-- deferral_steps, which is straight between its steps.
-- Trap: deferral_curve('strong', 'weak', of_kind := 'evaluate', replicates := 200, seed := 0). Shares of
-- problems, not of money. The band holds for each share by itself, not for the whole curve.
-- Needs: deferral_steps, bound
CREATE OR REPLACE MACRO deferral_curve(
    strong, weak, of_kind := 'evaluate', replicates := 200, seed := 0
) AS TABLE
WITH read_off AS (
    SELECT
        d.ranker, d.is_simulated, d.replicate, d.problems, x.hundredth / 100 AS strong_share,
        (x.hundredth / 100 - d.share_before) / (d.strong_share - d.share_before) AS way,
        d.accuracy_before + way * (d.accuracy - d.accuracy_before) AS accuracy,
        d.pgr_before + way * (d.pgr - d.pgr_before) AS pgr
    FROM deferral_steps(strong, weak, of_kind, replicates, seed) AS d
    JOIN range(101) AS x(hundredth)
        ON (x.hundredth / 100 > d.share_before AND x.hundredth / 100 <= d.strong_share)
        OR (x.hundredth = 0 AND d.share_before = 0)
)

SELECT
    ranker, is_simulated, strong_share,
    any_value(problems) AS problems,
    any_value(accuracy) FILTER (WHERE replicate = 0) AS accuracy,
    bound(accuracy, replicate, 0.025) AS accuracy_low,
    bound(accuracy, replicate, 0.975) AS accuracy_high,
    any_value(pgr) FILTER (WHERE replicate = 0) AS pgr,
    bound(pgr, replicate, 0.025) AS pgr_low,
    bound(pgr, replicate, 0.975) AS pgr_high
FROM read_off
GROUP BY ranker, is_simulated, strong_share
