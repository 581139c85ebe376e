-- What an episode was about, and whether a stand-in answered before a bank did.

ALTER TABLE episodes ADD COLUMN tier VARCHAR;
COMMENT ON COLUMN episodes.tier IS 'Of the problem, where known.';

ALTER TABLE calls ADD COLUMN simulated BOOLEAN DEFAULT false;
UPDATE calls SET simulated = source = 'simulated';
COMMENT ON COLUMN calls.simulated IS 'A stand-in answered, now or when the bank was filled.';
