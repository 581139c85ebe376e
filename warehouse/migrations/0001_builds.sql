-- What was built: one row per loaded build.

CREATE TABLE builds (
    build_id VARCHAR PRIMARY KEY,
    load_order INTEGER NOT NULL UNIQUE,
    seed BIGINT NOT NULL,
    law VARCHAR NOT NULL,
    version VARCHAR NOT NULL,
    code_hash VARCHAR NOT NULL,
    hard_below DOUBLE,
    easy_from DOUBLE,
    base_hash VARCHAR,
    base_date VARCHAR,
    manifest JSON NOT NULL
);

COMMENT ON TABLE builds IS 'One loaded build. Grain: build_id.';
COMMENT ON COLUMN builds.build_id IS 'Content hash of the manifest: equal inputs, settings and code give an equal id.';
COMMENT ON COLUMN builds.load_order IS '1 for the first build loaded into this store, and so on.';
COMMENT ON COLUMN builds.seed IS 'Seed of every random choice of the build.';
COMMENT ON COLUMN builds.law IS 'Name of the price perturbation law.';
COMMENT ON COLUMN builds.version IS 'Version of xRouter that made the build.';
COMMENT ON COLUMN builds.code_hash IS 'Hash of the code that made the build.';
COMMENT ON COLUMN builds.hard_below IS 'Pass rates under this are hard; NULL where the manifest names no cut.';
COMMENT ON COLUMN builds.easy_from IS 'Pass rates from this on are easy; NULL where the manifest names no cut.';
COMMENT ON COLUMN builds.base_hash IS 'Hash of the price list the catalogues start from.';
COMMENT ON COLUMN builds.base_date IS 'Date of that price list.';
COMMENT ON COLUMN builds.manifest IS 'The whole manifest as it stands in the build directory.';
