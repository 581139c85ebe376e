-- What: Which sources have the hardest problems: share of each tier over the problems with a tier.
-- Grain: one row per build and source.
-- Trap: Weighs problems, not rows; simulated tiers say nothing about a real model.
SELECT
    build_id, data_source,
    bool_or(is_simulated) AS is_simulated,
    sum(problems) AS problems,
    round(sum(problems) FILTER (WHERE tier = 'hard') / sum(problems), 3) AS hard_share,
    round(sum(problems) FILTER (WHERE tier = 'easy') / sum(problems), 3) AS easy_share
FROM composition
WHERE tier <> 'untiered'
GROUP BY build_id, data_source
ORDER BY hard_share DESC NULLS LAST, data_source
