-- Days whose sums a batch of files changes.
INSERT INTO stale_days
SELECT DISTINCT timezone('UTC', started_at)::DATE FROM read_parquet($files)
