-- What: Whether a policy of an evaluation is one to compare routers with, not a router: one model for
-- all, the best one, the oracle, any at random, or by price alone.
CREATE OR REPLACE MACRO baseline_policy(policy) AS
    starts_with(policy, 'always:')
    OR policy IN ('best-single', 'oracle', 'random', 'cheapest', 'priciest', 'cheapest-capable')
