-- Which wording of each mart and macro the store has, so that a newer xrouter knows to refresh them.

CREATE TABLE _marts (
    name VARCHAR PRIMARY KEY,
    sha256 VARCHAR NOT NULL
);

COMMENT ON TABLE _marts IS 'Wording of each mart and macro as created in this store. Grain: name.';
COMMENT ON COLUMN _marts.name IS 'File name without .sql.';
COMMENT ON COLUMN _marts.sha256 IS 'SHA-256 of the file.';
