-- What: The area of accuracy and cost that each policy's revisions, and all single models together, leave
-- behind, against one cent per episode.
-- Grain: one row per policy and simulated or not.
-- Trap: The reference of 0.01 USD is pinned: compare only figures of one reference. share is of the
-- whole rectangle; points dearer than the reference count for nothing.
SELECT
    contender, is_simulated, problems, round(share, 4) AS share, round(value, 9) AS hypervolume,
    round(low, 9) AS low, round(high, 9) AS high
FROM hypervolume(0.01, of_kind := 'evaluate')
ORDER BY is_simulated, share DESC, contender
