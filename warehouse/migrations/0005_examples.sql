-- What is trained on. The catalogue of an example is found through catalog_id; its prompt through
-- problem_id (the exported prompt differs only in what is rendered around it).

CREATE TABLE examples (
    build_id VARCHAR NOT NULL,
    example_id VARCHAR NOT NULL,
    problem_id VARCHAR NOT NULL,
    split VARCHAR NOT NULL,
    row_index BIGINT NOT NULL,
    repetition INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    mode VARCHAR NOT NULL,
    tier VARCHAR NOT NULL,
    pass_rate DOUBLE,
    reference VARCHAR,
    catalog_id VARCHAR NOT NULL,
    data_source VARCHAR NOT NULL,
    ability VARCHAR NOT NULL,
    agent_name VARCHAR NOT NULL,
    grader VARCHAR NOT NULL,
    prompt_messages INTEGER NOT NULL,
    prompt_chars BIGINT NOT NULL
);

COMMENT ON TABLE examples IS 'One exported row. Grain: build_id, example_id.';
COMMENT ON COLUMN examples.build_id IS 'Build the row belongs to: content hash of its manifest.';
COMMENT ON COLUMN examples.example_id IS 'Problem, repetition and first half of the catalogue''s hash.';
COMMENT ON COLUMN examples.problem_id IS 'First 16 hex digits of SHA-256 over data source and canonical prompt.';
COMMENT ON COLUMN examples.split IS 'train, validation or test.';
COMMENT ON COLUMN examples.row_index IS 'Place in the file of the split (extra_info.index).';
COMMENT ON COLUMN examples.repetition IS 'Number of the example among those of its problem, from 0.';
COMMENT ON COLUMN examples.kind IS 'reasoning or everyday.';
COMMENT ON COLUMN examples.mode IS 'agent or simple.';
COMMENT ON COLUMN examples.tier IS 'easy, medium, hard or untiered.';
COMMENT ON COLUMN examples.pass_rate IS 'Rate that decided the tier; NULL where untiered.';
COMMENT ON COLUMN examples.reference IS 'Reference of that rate; NULL where untiered.';
COMMENT ON COLUMN examples.catalog_id IS 'Price list of the row.';
COMMENT ON COLUMN examples.data_source IS 'The upstream''s own name.';
COMMENT ON COLUMN examples.ability IS 'The upstream''s name of the skill.';
COMMENT ON COLUMN examples.agent_name IS 'Agent loop that runs the row.';
COMMENT ON COLUMN examples.grader IS 'Name in the grading registry.';
COMMENT ON COLUMN examples.prompt_messages IS 'Messages of the exported prompt.';
COMMENT ON COLUMN examples.prompt_chars IS 'Characters of the exported prompt.';
