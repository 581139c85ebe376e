-- Episodes of one file of a spool.
INSERT INTO incoming_episodes BY NAME
SELECT $number AS file, * FROM spool_episodes($file)
