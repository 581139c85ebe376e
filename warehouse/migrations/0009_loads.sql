-- Which files of a spool were taken in, and which could not be.

CREATE TABLE loaded_files (
    file_name VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    content VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    rows BIGINT NOT NULL,
    new_rows BIGINT NOT NULL,
    reason VARCHAR,
    loaded_at TIMESTAMP WITH TIME ZONE NOT NULL
);

COMMENT ON TABLE loaded_files IS 'One file that was loaded or set aside, for the last 90 days. Grain: sha256.';
COMMENT ON COLUMN loaded_files.file_name IS 'Name of the file within its folder.';
COMMENT ON COLUMN loaded_files.sha256 IS 'Hash of its bytes: a file with the same bytes is not loaded again.';
COMMENT ON COLUMN loaded_files.content IS 'episodes, menus or outcomes.';
COMMENT ON COLUMN loaded_files.status IS 'loaded, or set_aside: broken, and nothing of it is in the store.';
COMMENT ON COLUMN loaded_files.rows IS 'Rows of the file; 0 where it was set aside.';
COMMENT ON COLUMN loaded_files.new_rows IS 'Of these, rows that the store did not have.';
COMMENT ON COLUMN loaded_files.reason IS 'Why it was set aside.';
COMMENT ON COLUMN loaded_files.loaded_at IS 'When, in UTC.';
