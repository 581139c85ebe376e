-- What: Tier of a pass rate by half-open cuts: hard [0, hard_below), medium [hard_below, easy_from),
-- easy [easy_from, 1]; NULL where a cut or the rate is unknown.
CREATE OR REPLACE MACRO tier_of(rate, hard_below, easy_from) AS
    CASE
        WHEN rate IS NULL OR hard_below IS NULL OR easy_from IS NULL THEN NULL
        WHEN rate < hard_below THEN 'hard'
        WHEN rate < easy_from THEN 'medium'
        ELSE 'easy'
    END
