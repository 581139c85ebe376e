-- What: Whether tiers keep their word: how often evaluated policies and single models solve problems of
-- each tier, next to the pass rate that put them there; tier 'all' has the mean error.
-- Grain: one row per policy or model, tier and simulated or not.
-- Trap: Change 'evaluate' for another kind, or 'bank' for the bank's models. What must hold is the order
-- of tiers; the rate itself only for a model like the reference.
SELECT
    contender, revision, is_simulated, tier, problems,
    round(pass_rate, 4) AS pass_rate, round(solved, 4) AS solved, round(solved_low, 4) AS low,
    round(solved_high, 4) AS high, round(gap, 4) AS gap
FROM tier_calibration('evaluate')
ORDER BY
    is_simulated, contender, revision,
    list_position(['easy', 'medium', 'hard', 'all'], tier)
