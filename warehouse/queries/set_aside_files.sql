-- What: Ledger files that could not be loaded, and why: what is missing from every other figure.
-- Grain: one row per file.
-- Trap: The last 90 days. The files themselves lie in the folder `rejected` of the spool.
SELECT file_name, content, reason, loaded_at
FROM loaded_files
WHERE status = 'set_aside'
ORDER BY loaded_at DESC, file_name
