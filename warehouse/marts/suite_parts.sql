-- What: Problems of evaluation suites, with the part of its suite that each belongs to, and with what it
-- is drawn for intervals.
-- Grain: suite, suite_revision, problem_id.
-- Trap: part is empty where the suite has none; of LiveBench it is category/task, of MT-Bench the turn,
-- of IFEval the number of instructions. drawn_as is one for all turns of a conversation.
CREATE OR REPLACE VIEW suite_parts AS
SELECT
    suite, suite_revision, problem_id,
    if(
        starts_with(data_source, 'suite/' || suite || '/'),
        substr(data_source, length(suite) + 8),
        ''
    ) AS part,
    min(problem_id) OVER (PARTITION BY suite, suite_revision, item_id) AS drawn_as
FROM suite_items
