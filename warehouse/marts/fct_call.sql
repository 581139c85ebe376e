-- What: Calls.
-- Grain: episode_id, call_index.
-- Trap: cost_usd is at the prices shown, list_cost_usd at base prices. Refused calls are rows, too:
-- they were never sent and cost nothing. tier is that of the problem; that of the model is in
-- dim_model. Sums by day are in call_sums, which is read much faster.
CREATE OR REPLACE VIEW fct_call AS
SELECT * EXCLUDE (simulated), simulated AS is_simulated
FROM calls
