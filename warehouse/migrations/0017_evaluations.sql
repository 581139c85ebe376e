-- Runs of policies over evaluation suites, and the problems of the suites. What was decided stands in
-- episodes, with the run's id and kind evaluate.

CREATE TABLE evaluations (
    run_id VARCHAR NOT NULL,
    suite VARCHAR NOT NULL,
    suite_revision VARCHAR NOT NULL,
    items BIGINT NOT NULL,
    repetitions BIGINT NOT NULL,
    metric VARCHAR NOT NULL,
    metric_scale DOUBLE NOT NULL,
    policy VARCHAR NOT NULL,
    policy_revision VARCHAR,
    policy_model VARCHAR,
    pool VARCHAR NOT NULL,
    cost_weight DOUBLE,
    seed BIGINT NOT NULL,
    settings VARCHAR NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    episodes BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    ungraded BIGINT NOT NULL,
    cost_usd DECIMAL(18,9) NOT NULL,
    stopped VARCHAR,
    simulated BOOLEAN NOT NULL,
    alarm VARCHAR
);

COMMENT ON TABLE evaluations IS 'One run of a policy over a suite. Grain: run_id.';
COMMENT ON COLUMN evaluations.run_id IS 'Hash of all that decides its results; of its rows in episodes, too.';
COMMENT ON COLUMN evaluations.suite IS 'Name of the suite.';
COMMENT ON COLUMN evaluations.suite_revision IS 'Commit on the Hub, or hash of the file.';
COMMENT ON COLUMN evaluations.items IS 'Problems of the suite that are asked.';
COMMENT ON COLUMN evaluations.repetitions IS 'Times that each of them is asked.';
COMMENT ON COLUMN evaluations.metric IS 'What the suite measures.';
COMMENT ON COLUMN evaluations.metric_scale IS 'What a quality of 1 is shown as: 1, 10 or 100.';
COMMENT ON COLUMN evaluations.policy IS 'Name of what decided, as in episodes.';
COMMENT ON COLUMN evaluations.policy_revision IS 'Checkpoint step, or version; NULL for a fixed rule.';
COMMENT ON COLUMN evaluations.policy_model IS 'Model that decides, or the one that a fixed rule always calls.';
COMMENT ON COLUMN evaluations.pool IS 'live, bank or simulated: where replies came from.';
COMMENT ON COLUMN evaluations.cost_weight IS 'Weight of cost in the reward.';
COMMENT ON COLUMN evaluations.seed IS 'Of every random choice.';
COMMENT ON COLUMN evaluations.settings IS 'JSON text of what else decides the results.';
COMMENT ON COLUMN evaluations.started_at IS 'When it was started first, UTC.';
COMMENT ON COLUMN evaluations.finished_at IS 'When its newest start ended, UTC; NULL while it runs, or where it was killed.';
COMMENT ON COLUMN evaluations.episodes IS 'Decisions in the ledger.';
COMMENT ON COLUMN evaluations.failed IS 'Attempts without an answer, those that faults ended included.';
COMMENT ON COLUMN evaluations.ungraded IS 'Attempts without a verdict for a fault of a provider, a bank or a grader.';
COMMENT ON COLUMN evaluations.cost_usd IS 'Of these decisions at the prices of the menu, USD.';
COMMENT ON COLUMN evaluations.stopped IS 'Why something is left to ask: budget, interrupted or faults; NULL where it is complete.';
COMMENT ON COLUMN evaluations.simulated IS 'At least one call was answered by a stand-in.';
COMMENT ON COLUMN evaluations.alarm IS 'Why the result is not to be believed; NULL where nothing speaks against it.';

CREATE TABLE suite_items (
    suite VARCHAR NOT NULL,
    suite_revision VARCHAR NOT NULL,
    item_id VARCHAR NOT NULL,
    problem_id VARCHAR NOT NULL,
    data_source VARCHAR NOT NULL,
    domain VARCHAR NOT NULL,
    grader VARCHAR NOT NULL,
    licence VARCHAR
);

COMMENT ON TABLE suite_items IS 'One problem of an evaluation suite. Grain: suite, suite_revision, problem_id.';
COMMENT ON COLUMN suite_items.suite IS 'Name of the suite.';
COMMENT ON COLUMN suite_items.suite_revision IS 'Commit on the Hub, or hash of the file.';
COMMENT ON COLUMN suite_items.item_id IS 'Row of the suite''s file, from 0; else the id of the problem.';
COMMENT ON COLUMN suite_items.problem_id IS 'First 16 hex digits of SHA-256 over data source and canonical prompt.';
COMMENT ON COLUMN suite_items.data_source IS 'Of the problem.';
COMMENT ON COLUMN suite_items.domain IS 'math, code, stem, logic, simulation, table, instruction, chat, factual or retrieval.';
COMMENT ON COLUMN suite_items.grader IS 'Name in the grading registry.';
COMMENT ON COLUMN suite_items.licence IS 'Licence of the upstream row.';

COMMENT ON COLUMN loaded_files.content IS 'episodes, menus, outcomes, prices, evaluations or suite_items.';
