-- What: Cost utility: accuracy bought per dollar and query.
-- Source: accuracy / mean cost, as leaderboards of routers have it (REFERENCE, section 8).
-- Trap: What costs nothing has infinite utility if anything is right, and 0 if nothing is. A ratio: a
-- model that is never right and nearly free may lead; read it next to accuracy.
CREATE OR REPLACE MACRO cost_utility(accuracy, cost) AS
    CASE
        WHEN accuracy = 0 THEN 0.0
        WHEN cost > 0 THEN accuracy / cost::DOUBLE
        WHEN cost = 0 THEN 'inf'::DOUBLE
    END
