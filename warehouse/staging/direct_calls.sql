-- Calls of a batch of files that the store knows nothing of.
INSERT INTO calls BY NAME FROM spool_calls($files)
