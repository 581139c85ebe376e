-- Rates that were measured by sampling until a tier was settled.

ALTER TABLE attempts ADD COLUMN engine_version VARCHAR;
ALTER TABLE attempts ADD COLUMN dtype VARCHAR;
COMMENT ON COLUMN attempts.engine IS 'recorded, published, simulated, vllm, endpoint or litellm; simulated is a stand-in, not a model.';
COMMENT ON COLUMN attempts.engine_version IS 'Version of the server that answered, where it told one.';
COMMENT ON COLUMN attempts.dtype IS 'Weights and cache as served, such as bf16 or fp8, where known.';

ALTER TABLE pass_rates ADD COLUMN estimator VARCHAR DEFAULT 'share';
ALTER TABLE pass_rates ADD COLUMN tier_probability DOUBLE;
COMMENT ON COLUMN pass_rates.pass_rate IS 'k / n or the published rate (share), or a posterior mean.';
COMMENT ON COLUMN pass_rates.estimator IS 'share, or posterior_mean where sampling may have stopped early, so that k / n would be biased.';
COMMENT ON COLUMN pass_rates.low IS 'Lower bound: Wilson for a share, credible for a posterior; NULL where n is 0.';
COMMENT ON COLUMN pass_rates.high IS 'Upper bound, likewise.';
COMMENT ON COLUMN pass_rates.tier IS 'easy, medium or hard: by the cuts of the build for a share, else by the stop rule.';
COMMENT ON COLUMN pass_rates.tier_probability IS 'Posterior probability that the true rate lies in the tier; NULL for a share.';
