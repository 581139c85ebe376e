-- What: Answers that a token limit cut off, by the tier that their problem was given: a limit that is
-- too low makes problems hard.
-- Grain: build_id, reference, engine, tier.
-- Trap: An answer that was cut off and is right all the same counts as correct, not as truncated;
-- cut_off counts both.
CREATE OR REPLACE VIEW truncation_by_tier AS
SELECT
    a.build_id, a.reference, a.engine, r.tier,
    a.engine = 'simulated' AS is_simulated,
    count(*) AS attempts,
    count(*) FILTER (WHERE a.finish_reason = 'length') AS cut_off,
    count(*) FILTER (WHERE a.verdict = 'truncated') AS truncated,
    truncated / count(*) AS truncated_share
FROM attempts AS a
JOIN pass_rates AS r
    ON r.build_id = a.build_id AND r.problem_id = a.problem_id AND r.selected
GROUP BY ALL
