-- What: What an answer is worth by the metric of its suite, 0 to 1: of accuracy 1 for a full score and 0
-- for anything less, of any other metric the score.
-- Source: accuracy (pass@1 of programs, strict prompts of IFEval) asks for all of an answer; ratings
-- and mean scores do not.
-- Trap: score is the share of an answer that is right, solved whether all of it is. Times the metric's
-- scale it is what is shown.
CREATE OR REPLACE MACRO metric_points(metric, score, solved) AS
    if(metric = 'accuracy', solved, score)::DOUBLE
