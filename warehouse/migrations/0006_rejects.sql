-- What did not go on, and why.

CREATE TABLE rejects (
    build_id VARCHAR NOT NULL,
    stage VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    data_source VARCHAR,
    reason VARCHAR NOT NULL,
    detail VARCHAR
);

COMMENT ON TABLE rejects IS 'One row that a stage dropped. Grain: none; the same key may be dropped more than once.';
COMMENT ON COLUMN rejects.build_id IS 'Build the row belongs to: content hash of its manifest.';
COMMENT ON COLUMN rejects.stage IS 'Stage that dropped it.';
COMMENT ON COLUMN rejects.key IS 'Problem id, or file and row where none exists yet.';
COMMENT ON COLUMN rejects.data_source IS 'The upstream''s own name, where known.';
COMMENT ON COLUMN rejects.reason IS 'Short and countable.';
COMMENT ON COLUMN rejects.detail IS 'More about this row.';
