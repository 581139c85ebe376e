-- What: What another policy would have scored on the requests of one that logs how likely its decisions
-- were, without playing it: IPS, SNIPS, direct and doubly robust, or why there is no estimate.
-- Grain: one row per estimator and simulated or not.
-- Trap: The rule 'random' is the logger and every model on the menu alike the target: put a policy that
-- logs propensities and a target of your own in their places, off_policy('logger', 'always:MODEL').
SELECT
    is_simulated, estimator, round(value, 4) AS value, round(low, 4) AS low, round(high, 4) AS high,
    episodes, round(effective_n, 1) AS effective_n, reason
FROM off_policy('random', 'uniform', of_kind := 'evaluate', measure := 'score')
ORDER BY is_simulated, estimator
