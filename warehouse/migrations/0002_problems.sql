-- What is asked, and where it comes from.

CREATE TABLE problems (
    build_id VARCHAR NOT NULL,
    problem_id VARCHAR NOT NULL,
    data_source VARCHAR NOT NULL,
    domain VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    messages JSON NOT NULL,
    grader VARCHAR NOT NULL,
    ground_truth VARCHAR NOT NULL,
    grader_args VARCHAR NOT NULL,
    published_pass_rates JSON,
    origin_dataset VARCHAR,
    origin_revision VARCHAR,
    origin_file VARCHAR,
    origin_row BIGINT,
    licence VARCHAR
);

COMMENT ON TABLE problems IS 'One distinct prompt. Grain: build_id, problem_id.';
COMMENT ON COLUMN problems.build_id IS 'Build the row belongs to: content hash of its manifest.';
COMMENT ON COLUMN problems.problem_id IS 'First 16 hex digits of SHA-256 over data source and canonical prompt.';
COMMENT ON COLUMN problems.data_source IS 'The upstream''s own name, unchanged.';
COMMENT ON COLUMN problems.domain IS 'math, code, stem, logic, simulation, table, instruction, chat, factual or retrieval.';
COMMENT ON COLUMN problems.kind IS 'reasoning, or everyday: answerable without a call.';
COMMENT ON COLUMN problems.messages IS 'The prompt: a list of {role, content}.';
COMMENT ON COLUMN problems.grader IS 'Name in the grading registry.';
COMMENT ON COLUMN problems.ground_truth IS 'Expected answer, JSON text.';
COMMENT ON COLUMN problems.grader_args IS 'Arguments of the grader, a JSON object as text.';
COMMENT ON COLUMN problems.published_pass_rates IS 'Rates that came with the row: a list of {reference, rate}.';
COMMENT ON COLUMN problems.origin_dataset IS 'Upstream dataset.';
COMMENT ON COLUMN problems.origin_revision IS 'Upstream revision, where known.';
COMMENT ON COLUMN problems.origin_file IS 'Upstream file, where known.';
COMMENT ON COLUMN problems.origin_row IS 'Row within that file, where known.';
COMMENT ON COLUMN problems.licence IS 'Licence of the upstream row.';

CREATE TABLE worked_solutions (
    build_id VARCHAR NOT NULL,
    problem_id VARCHAR NOT NULL,
    solution VARCHAR NOT NULL
);

COMMENT ON TABLE worked_solutions IS 'A worked solution that came with a problem, never shown to a policy. Grain: build_id, problem_id.';
COMMENT ON COLUMN worked_solutions.build_id IS 'Build the row belongs to: content hash of its manifest.';
COMMENT ON COLUMN worked_solutions.problem_id IS 'First 16 hex digits of SHA-256 over data source and canonical prompt.';
COMMENT ON COLUMN worked_solutions.solution IS 'Text of the solution.';
