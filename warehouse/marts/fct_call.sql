-- What: Calls with what their episode and their menu say of them.
-- Grain: episode_id, call_index.
-- Trap: The menu's columns are NULL where a policy called no model of it. cost_usd is at the prices
-- shown, list_cost_usd at base prices. Refused calls are rows, too: they were never sent and cost
-- nothing.
CREATE OR REPLACE VIEW fct_call AS
SELECT
    c.* EXCLUDE (simulated),
    timezone('UTC', e.started_at)::DATE AS day,
    e.run_id, e.kind, e.policy, e.policy_revision, e.mode, e.catalog_id, e.problem_id, e.api_key_id,
    c.simulated AS is_simulated,
    m.tier, m.display_name, m.litellm_model,
    m.input_per_million, m.output_per_million, m.cached_input_per_million, m.price_factor
FROM calls AS c
JOIN episodes AS e USING (episode_id)
LEFT JOIN menu_entries AS m
    ON m.catalog_id = e.catalog_id AND m.tool_name = c.tool_name AND m.model_id = c.model_id
