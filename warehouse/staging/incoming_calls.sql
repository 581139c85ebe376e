-- Calls of one file of a spool.
INSERT INTO incoming_calls BY NAME
SELECT $number AS file, * FROM spool_calls($file)
