-- How hard it is: answers of reference models and what they imply.

CREATE TABLE attempts (
    build_id VARCHAR NOT NULL,
    problem_id VARCHAR NOT NULL,
    reference VARCHAR NOT NULL,
    sample INTEGER NOT NULL,
    engine VARCHAR NOT NULL,
    reference_revision VARCHAR,
    sampling VARCHAR NOT NULL,
    text VARCHAR,
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    finish_reason VARCHAR,
    verdict VARCHAR NOT NULL,
    score DOUBLE,
    detail VARCHAR,
    grader VARCHAR NOT NULL,
    grader_version VARCHAR NOT NULL,
    seconds DOUBLE,
    cost_usd DECIMAL(18,9)
);

COMMENT ON TABLE attempts IS 'One sampled answer of a reference model. Grain: build_id, problem_id, reference, sample.';
COMMENT ON COLUMN attempts.build_id IS 'Build the row belongs to: content hash of its manifest.';
COMMENT ON COLUMN attempts.problem_id IS 'First 16 hex digits of SHA-256 over data source and canonical prompt.';
COMMENT ON COLUMN attempts.reference IS 'Model that answered.';
COMMENT ON COLUMN attempts.sample IS 'Number of the answer, from 0.';
COMMENT ON COLUMN attempts.engine IS 'recorded, published, simulated, vllm or endpoint; simulated is a stand-in, not a model.';
COMMENT ON COLUMN attempts.reference_revision IS 'Revision of the model, where known.';
COMMENT ON COLUMN attempts.sampling IS 'Sampling parameters, JSON text.';
COMMENT ON COLUMN attempts.text IS 'The answer, where it was kept.';
COMMENT ON COLUMN attempts.prompt_tokens IS 'Tokens read.';
COMMENT ON COLUMN attempts.completion_tokens IS 'Tokens written.';
COMMENT ON COLUMN attempts.finish_reason IS 'Why the answer ended.';
COMMENT ON COLUMN attempts.verdict IS 'correct, wrong, parse_failure, truncated, or ungraded: a fault of ours, never counted as wrong.';
COMMENT ON COLUMN attempts.score IS 'Share of the answer that is right, 0 to 1.';
COMMENT ON COLUMN attempts.detail IS 'Why the verdict is not correct.';
COMMENT ON COLUMN attempts.grader IS 'Grader that judged.';
COMMENT ON COLUMN attempts.grader_version IS 'Its version.';
COMMENT ON COLUMN attempts.seconds IS 'Time the engine took to answer.';
COMMENT ON COLUMN attempts.cost_usd IS 'Cost of the answer in USD, where known.';

CREATE TABLE pass_rates (
    build_id VARCHAR NOT NULL,
    problem_id VARCHAR NOT NULL,
    reference VARCHAR NOT NULL,
    n INTEGER NOT NULL,
    k INTEGER NOT NULL,
    pass_rate DOUBLE NOT NULL,
    low DOUBLE,
    high DOUBLE,
    tier VARCHAR NOT NULL,
    settled BOOLEAN NOT NULL,
    method VARCHAR NOT NULL,
    proxy_for VARCHAR,
    pooled BOOLEAN NOT NULL,
    selected BOOLEAN NOT NULL
);

COMMENT ON TABLE pass_rates IS 'Share of correct answers of one reference on one problem. Grain: build_id, problem_id, reference.';
COMMENT ON COLUMN pass_rates.build_id IS 'Build the row belongs to: content hash of its manifest.';
COMMENT ON COLUMN pass_rates.problem_id IS 'First 16 hex digits of SHA-256 over data source and canonical prompt.';
COMMENT ON COLUMN pass_rates.reference IS 'Model, or the name of a pool of models.';
COMMENT ON COLUMN pass_rates.n IS 'Graded attempts; 0 for a published rate of unknown n.';
COMMENT ON COLUMN pass_rates.k IS 'Of these, correct.';
COMMENT ON COLUMN pass_rates.pass_rate IS 'k / n, or the published rate.';
COMMENT ON COLUMN pass_rates.low IS 'Lower Wilson bound; NULL where n is 0.';
COMMENT ON COLUMN pass_rates.high IS 'Upper Wilson bound; NULL where n is 0.';
COMMENT ON COLUMN pass_rates.tier IS 'easy, medium or hard, by the cuts of the build.';
COMMENT ON COLUMN pass_rates.settled IS 'The interval lies within one tier.';
COMMENT ON COLUMN pass_rates.method IS 'measured, recorded, published or simulated.';
COMMENT ON COLUMN pass_rates.proxy_for IS 'Reference this rate stands in for.';
COMMENT ON COLUMN pass_rates.pooled IS 'Rate over several reference models together.';
COMMENT ON COLUMN pass_rates.selected IS 'This row decides the problem''s tier.';

CREATE TABLE disagreements (
    build_id VARCHAR NOT NULL,
    problem_id VARCHAR NOT NULL,
    reference VARCHAR NOT NULL,
    sample INTEGER NOT NULL,
    recorded_correct BOOLEAN NOT NULL,
    verdict VARCHAR NOT NULL,
    ground_truth VARCHAR NOT NULL,
    text VARCHAR,
    detail VARCHAR
);

COMMENT ON TABLE disagreements IS 'A recorded verdict that our grading does not confirm. Grain: build_id, problem_id, reference, sample.';
COMMENT ON COLUMN disagreements.build_id IS 'Build the row belongs to: content hash of its manifest.';
COMMENT ON COLUMN disagreements.problem_id IS 'First 16 hex digits of SHA-256 over data source and canonical prompt.';
COMMENT ON COLUMN disagreements.reference IS 'Model that answered.';
COMMENT ON COLUMN disagreements.sample IS 'Number of the answer.';
COMMENT ON COLUMN disagreements.recorded_correct IS 'What the recording says.';
COMMENT ON COLUMN disagreements.verdict IS 'What our grading says.';
COMMENT ON COLUMN disagreements.ground_truth IS 'Expected answer, JSON text.';
COMMENT ON COLUMN disagreements.text IS 'The answer, where it was kept.';
COMMENT ON COLUMN disagreements.detail IS 'Why our verdict is not correct.';
