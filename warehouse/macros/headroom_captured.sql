-- What: Headroom captured: how much of the way from the best single model to the oracle a router goes.
-- Source: (router - best single) / (oracle - best single), as LLMRouterBench's gap to the oracle
-- (arXiv 2601.07206).
-- Trap: NULL where the oracle is no better than the best single model: there is nothing to capture.
-- Negative for a router that is worse than the best single model. All three over the same problems.
CREATE OR REPLACE MACRO headroom_captured(router, best_single, oracle) AS
    (router - best_single) / nullif(oracle - best_single, 0)
