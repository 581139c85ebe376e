-- What: A key of the ledger or of the outcome bank stands in its table twice.
-- Trap: These tables have no primary key, which would make loading slow; this check stands in.
SELECT any_value(run_id) AS build_id, episode_id AS key, 'episodes: ' || count(*) || ' rows' AS detail
FROM episodes GROUP BY episode_id HAVING count(*) > 1
UNION ALL
SELECT '', episode_id || ' ' || call_index, 'calls: ' || count(*) || ' rows'
FROM calls GROUP BY episode_id, call_index HAVING count(*) > 1
UNION ALL
SELECT '', catalog_id, 'menus: ' || count(*) || ' rows'
FROM menus GROUP BY catalog_id HAVING count(*) > 1
UNION ALL
SELECT '', catalog_id || ' ' || position, 'menu_entries: ' || count(*) || ' rows'
FROM menu_entries GROUP BY catalog_id, position HAVING count(*) > 1
UNION ALL
SELECT '', catalog_id || ' ' || tool_name, 'menu_entries: tool name in ' || count(*) || ' rows'
FROM menu_entries GROUP BY catalog_id, tool_name HAVING count(*) > 1
UNION ALL
SELECT '', problem_id || ' ' || model_id || ' ' || sample, 'outcomes: ' || count(*) || ' rows'
FROM outcomes GROUP BY problem_id, model_id, sample HAVING count(*) > 1
