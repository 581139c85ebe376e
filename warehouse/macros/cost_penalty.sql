-- What: What a cost, in the unit of the reward, takes away from a right answer.
-- Source: pipeline/reward/formula.py; shape 'clip' with weight 3 and cap 0.8 is the penalty of xRouter
-- (arXiv 2510.08439). 'linear' has no cap: the lambda of RouterBench (arXiv 2403.12031).
-- Trap: NULL where the cost is unknown and the weight is not 0; an infinite cost is the whole cap.
CREATE OR REPLACE MACRO cost_penalty(cost, weight, shape, cap) AS
    CASE
        WHEN shape NOT IN ('smooth', 'clip', 'linear')
            THEN error('shape ''' || shape || ''' is not known; use smooth, clip or linear')
        WHEN weight = 0 OR (cap = 0 AND shape <> 'linear') THEN 0.0
        WHEN shape = 'linear' THEN weight * cost
        WHEN shape = 'clip' OR isinf(cost) THEN least(weight * cost, cap)
        ELSE least(cap * (1 - exp(-weight * cost / cap)), weight * cost)
    END::DOUBLE
