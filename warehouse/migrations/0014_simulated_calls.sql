-- A transaction that changed rows cannot set the constraint on them, so it has one of its own.

ALTER TABLE calls ALTER COLUMN simulated SET NOT NULL;
