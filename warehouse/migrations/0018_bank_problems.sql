-- A suite and a bank may know one question under two ids.

ALTER TABLE episodes ADD COLUMN bank_problem_id VARCHAR;

COMMENT ON COLUMN episodes.bank_problem_id IS 'The problem as the outcome bank that was played over names it, where it has another id.';
