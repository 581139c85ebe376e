-- The outcome bank: what each model answers to each problem, graded.

CREATE TABLE outcomes (
    problem_id VARCHAR NOT NULL,
    model_id VARCHAR NOT NULL,
    sample INTEGER NOT NULL,
    verdict VARCHAR,
    score DOUBLE,
    input_tokens BIGINT,
    cached_input_tokens BIGINT,
    output_tokens BIGINT,
    reasoning_tokens BIGINT,
    seconds DOUBLE,
    cost_usd DECIMAL(18,9),
    text VARCHAR,
    source VARCHAR NOT NULL,
    data_source VARCHAR NOT NULL,
    collected_at TIMESTAMP WITH TIME ZONE
);

COMMENT ON TABLE outcomes IS 'One answer of one model to one problem. Grain: problem_id, model_id, sample.';
COMMENT ON COLUMN outcomes.problem_id IS 'First 16 hex digits of SHA-256 over data source and canonical prompt.';
COMMENT ON COLUMN outcomes.model_id IS 'Model that answered.';
COMMENT ON COLUMN outcomes.sample IS 'Number of the answer, from 0.';
COMMENT ON COLUMN outcomes.verdict IS 'correct, wrong, parse_failure, truncated or ungraded; NULL where only a cost is known.';
COMMENT ON COLUMN outcomes.score IS 'Share of the answer that is right, 0 to 1.';
COMMENT ON COLUMN outcomes.input_tokens IS 'Tokens read, cached ones included.';
COMMENT ON COLUMN outcomes.cached_input_tokens IS 'Of these, read from a cache.';
COMMENT ON COLUMN outcomes.output_tokens IS 'Tokens written, reasoning included.';
COMMENT ON COLUMN outcomes.reasoning_tokens IS 'Of these, reasoning.';
COMMENT ON COLUMN outcomes.seconds IS 'Time the model took.';
COMMENT ON COLUMN outcomes.cost_usd IS 'USD as imported or billed; where tokens are known they go before it.';
COMMENT ON COLUMN outcomes.text IS 'The answer, where it was kept.';
COMMENT ON COLUMN outcomes.source IS 'live, imported or simulated; simulated is a stand-in, not a model.';
COMMENT ON COLUMN outcomes.data_source IS 'Of the import, or the problem''s.';
COMMENT ON COLUMN outcomes.collected_at IS 'When it was answered, UTC.';
