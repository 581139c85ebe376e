-- What: A catalogue or the price history names a model that the base list does not have.
SELECT DISTINCT build_id, model_id AS key, 'catalog_entries' AS detail
FROM catalog_entries ANTI JOIN models USING (build_id, model_id)
UNION ALL
SELECT DISTINCT build_id, model_id, 'prices' FROM prices ANTI JOIN models USING (build_id, model_id)
