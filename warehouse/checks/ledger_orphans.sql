-- What: A call without episode, an episode without menu, a menu without entries or the reverse.
SELECT '' AS build_id, episode_id || ' ' || call_index AS key, 'calls: no such episode' AS detail
FROM calls ANTI JOIN episodes USING (episode_id)
UNION ALL
SELECT run_id, episode_id, 'episodes: no menu ' || catalog_id
FROM episodes ANTI JOIN menus USING (catalog_id)
UNION ALL
SELECT run_id, catalog_id, 'menus: no entries' FROM menus ANTI JOIN menu_entries USING (catalog_id)
UNION ALL
SELECT '', catalog_id || ' ' || position, 'menu_entries: no menu'
FROM menu_entries ANTI JOIN menus USING (catalog_id)
