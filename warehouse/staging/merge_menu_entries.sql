-- Entries of menus that the store lacks. A menu's id is the hash of its entries, so whichever file
-- has it has the same. Run before merge_menus.
INSERT INTO menu_entries BY NAME
SELECT i.* EXCLUDE (file)
FROM incoming_menu_entries AS i
SEMI JOIN (SELECT catalog_id, min(file) AS file FROM incoming_menus GROUP BY catalog_id)
    USING (catalog_id, file)
ANTI JOIN menus USING (catalog_id)
ORDER BY i.catalog_id, i.position
