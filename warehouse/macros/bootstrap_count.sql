-- What: A count as one replicate of resampling would have it, to give intervals to figures that are
-- made of counts; replicate 0 is the count itself.
-- Source: Poisson bootstrap: n units of Poisson weight 1 together have Poisson weight n, drawn here as
-- its normal approximation n + sqrt(n) * z, z by Box and Muller (1958) from two hash_uniform.
-- Trap: Every call is resampled by itself, though calls of one episode are alike: intervals are
-- somewhat too narrow. Rough for counts under about five.
-- Needs: hash_uniform
CREATE OR REPLACE MACRO bootstrap_count(n, key, replicate, seed) AS
    if(replicate = 0, n::DOUBLE, greatest(0, n + sqrt(n::DOUBLE)
        * sqrt(-2 * ln(hash_uniform(seed || '/' || replicate || '/' || key || '/1')))
        * cos(2 * pi() * hash_uniform(seed || '/' || replicate || '/' || key || '/2'))))
