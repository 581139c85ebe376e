-- What: Problems per twentieth of the pass rate. Bin b holds rates in [bin_low, bin_high), the last
-- one 1.0 too.
-- Grain: build_id, reference, method, pooled, tier, bin; empty bins are left out.
-- Trap: A bin that a cut divides has rows of two tiers. A problem counts once per reference;
-- selected_problems counts each problem at most once.
-- Needs: rate_bin
CREATE OR REPLACE VIEW pass_rate_histogram AS
SELECT
    build_id, reference, method, pooled, tier,
    method = 'simulated' AS is_simulated,
    rate_bin(pass_rate, if(estimator = 'share', n, 0), k) AS bin,
    rate_bin(pass_rate, if(estimator = 'share', n, 0), k) / 20 AS bin_low,
    (rate_bin(pass_rate, if(estimator = 'share', n, 0), k) + 1) / 20 AS bin_high,
    count(*) AS problems,
    count(*) FILTER (WHERE selected) AS selected_problems
FROM pass_rates
GROUP BY ALL
