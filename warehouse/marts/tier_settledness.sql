-- What: How sure the tiers are: problems per tier whose interval lies within one tier, and the
-- median width of the interval.
-- Grain: build_id, tier, method.
-- Trap: Only rates that decide a tier. Rates of unknown n have no interval and are never settled.
CREATE OR REPLACE VIEW tier_settledness AS
SELECT
    build_id, tier, method,
    method = 'simulated' AS is_simulated,
    count(*) AS problems,
    count(*) FILTER (WHERE settled) AS settled_problems,
    count(*) FILTER (WHERE settled) / count(*) AS settled_share,
    median(high - low) AS median_width,
    median(n) AS median_n
FROM pass_rates
WHERE selected
GROUP BY ALL
