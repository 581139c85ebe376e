-- What: A tool name stands twice in one catalogue: the policy could not tell them apart.
SELECT build_id, catalog_id AS key, tool_name || ': ' || count(*) || ' entries' AS detail
FROM catalog_entries
GROUP BY build_id, catalog_id, tool_name
HAVING count(*) > 1
