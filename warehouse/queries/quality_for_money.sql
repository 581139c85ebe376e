-- What: One number for a whole curve: AIQ of each policy's revisions, and of all single models together,
-- up to one cent per episode.
-- Grain: one row per policy and simulated or not.
-- Trap: The range 0 to 0.01 USD is pinned: compare only figures of one range. 'single' is what mixing
-- single models at random can reach: below it a router is of no use.
SELECT
    contender, is_simulated, problems, corners, round(value, 4) AS aiq, round(low, 4) AS low,
    round(high, 4) AS high
FROM aiq(0, 0.01, of_kind := 'evaluate')
ORDER BY is_simulated, aiq DESC, contender
