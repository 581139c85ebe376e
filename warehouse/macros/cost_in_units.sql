-- What: A cost in USD in the unit of the reward: dollars, or calls of the dearest premium model.
-- Source: pipeline/reward/unit.py. In a unit that costs nothing a cost is infinite, and no cost is 0.
CREATE OR REPLACE MACRO cost_in_units(cost_usd, unit, reference_usd) AS
    CASE
        WHEN unit = 'usd' THEN cost_usd::DOUBLE
        WHEN unit <> 'reference'
            THEN error('unit ''' || unit || ''' is not known; use usd or reference')
        WHEN reference_usd > 0 THEN cost_usd::DOUBLE / reference_usd::DOUBLE
        WHEN cost_usd = 0 THEN 0.0
        WHEN cost_usd IS NOT NULL AND reference_usd IS NOT NULL THEN 'inf'::DOUBLE
    END
