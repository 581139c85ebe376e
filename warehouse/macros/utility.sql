-- What: What an answer is worth: right answers earn k less the penalty of their cost, wrong ones
-- nothing; in shape 'linear' the score less weight times cost.
-- Source: pipeline/reward/formula.py, DESIGN's reward = correct * (K - penalty), penalty <= cap < K.
-- Trap: solved may be a share (several samples): then it is the expected worth at the mean cost. In
-- shapes smooth and clip a right answer always beats a wrong one, whatever it costs; in linear not.
-- Needs: cost_penalty
CREATE OR REPLACE MACRO utility(score, solved, cost, weight, shape, k, cap) AS
    CASE
        WHEN shape = 'linear' THEN score - cost_penalty(cost, weight, shape, cap)
        WHEN solved = 0 THEN 0.0
        ELSE solved * (k - cost_penalty(cost, weight, shape, cap))
    END
