-- What: Calls with what their episode and their menu say of them, prices shown included.
-- Grain: episode_id, call_index.
-- Trap: The menu's columns are NULL where a policy called no model of it. Joins every call with its
-- episode and its menu: name a day or a run when there are many.
-- Needs: fct_call
CREATE OR REPLACE VIEW call_details AS
SELECT
    c.*,
    e.mode, e.catalog_id, e.problem_id, e.api_key_id,
    m.tier AS model_tier, m.display_name, m.litellm_model,
    m.input_per_million, m.output_per_million, m.cached_input_per_million, m.price_factor
FROM fct_call AS c
JOIN episodes AS e ON e.episode_id = c.episode_id AND e.day = c.day
LEFT JOIN menu_entries AS m
    ON m.catalog_id = e.catalog_id AND m.tool_name = c.tool_name AND m.model_id = c.model_id
