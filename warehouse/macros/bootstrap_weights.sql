-- What: How often each unit of resampling is drawn in each replicate; replicate 0 is the data itself.
-- Grain: replicate, unit.
-- Source: Poisson bootstrap, poisson_one of hash_uniform('seed/replicate/unit').
-- Trap: bootstrap_weights(200, 0): the same seed always gives the same weights, so two policies are
-- resampled alike and their difference is paired. Percentiles of 200 replicates are good to about a
-- tenth of the interval's width; take 1,000 to publish.
-- Needs: hash_uniform, poisson_one
CREATE OR REPLACE MACRO bootstrap_weights(replicates, seed) AS TABLE
SELECT unit, replicate, poisson_one(u) AS weight
FROM (
    SELECT
        x.unit::SMALLINT AS unit, r.replicate,
        hash_uniform(seed || '/' || r.replicate || '/' || x.unit) AS u
    FROM range(1024) AS x(unit), range(1, replicates + 1) AS r(replicate)
)
WHERE u >= 0.36787944117144233
UNION ALL
SELECT unit::SMALLINT, 0, 1
FROM range(1024) AS x(unit)
