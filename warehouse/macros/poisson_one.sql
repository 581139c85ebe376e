-- What: Inverse of the Poisson distribution of mean 1: how often a unit is drawn in one resample.
-- Source: Poisson bootstrap (Oza and Russell 2001; Chamandy et al. 2012): the limit of drawing as many
-- with replacement, one unit at a time.
-- Trap: Above 8 the tail, about one in a million, counts as 9.
CREATE OR REPLACE MACRO poisson_one(u) AS
    CASE
        WHEN u < 0.36787944117144233 THEN 0
        WHEN u < 0.7357588823428847 THEN 1
        WHEN u < 0.9196986029286058 THEN 2
        WHEN u < 0.9810118431238462 THEN 3
        WHEN u < 0.9963401531726563 THEN 4
        WHEN u < 0.9994058151824183 THEN 5
        WHEN u < 0.9999167588507119 THEN 6
        WHEN u < 0.9999897508033253 THEN 7
        WHEN u < 0.9999988747974020 THEN 8
        ELSE 9
    END
