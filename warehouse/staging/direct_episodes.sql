-- Episodes of a batch of files that the store knows nothing of.
INSERT INTO episodes BY NAME FROM spool_episodes($files)
