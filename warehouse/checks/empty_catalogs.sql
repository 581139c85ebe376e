-- What: A catalogue offers no model.
SELECT build_id, catalog_id AS key, 'no entry' AS detail
FROM catalogs ANTI JOIN catalog_entries USING (build_id, catalog_id)
