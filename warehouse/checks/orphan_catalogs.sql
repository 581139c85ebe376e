-- What: An example or an entry names a catalogue that its build does not have.
SELECT build_id, example_id AS key, 'examples: catalogue ' || catalog_id AS detail
FROM examples ANTI JOIN catalogs USING (build_id, catalog_id)
UNION ALL
SELECT DISTINCT build_id, catalog_id, 'catalog_entries' FROM catalog_entries
ANTI JOIN catalogs USING (build_id, catalog_id)
