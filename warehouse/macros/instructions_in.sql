-- What: How many instructions a problem of IFEval has, by the part of the suite it is in; else NULL.
-- Source: IFEval (arXiv 2311.07911): accuracy of instructions pools those of all prompts.
-- Trap: Times the score, which is the share that is followed, it is the number that is followed.
CREATE OR REPLACE MACRO instructions_in(part) AS
    try_cast(regexp_extract(part, '^([0-9]+)_instructions?$', 1) AS INTEGER)
