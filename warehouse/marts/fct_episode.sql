-- What: Episodes with their calls counted up.
-- Grain: episode_id.
-- Trap: calls counts refused ones, too; calls_made does not. is_correct is NULL where nothing judges
-- the answer. Texts are left out: they stand in episodes, where they were kept.
CREATE OR REPLACE VIEW fct_episode AS
SELECT
    e.* EXCLUDE (request_text, answer_text, simulated),
    e.simulated AS is_simulated,
    timezone('UTC', e.started_at)::DATE AS day,
    e.mode = 'failed' AS is_failed,
    e.verdict = 'correct' AS is_correct,
    split_part(e.error, ':', 1) AS error_type,
    coalesce(c.calls, 0) AS calls,
    coalesce(c.calls_made, 0) AS calls_made,
    coalesce(c.calls_ok, 0) AS calls_ok,
    coalesce(c.models, []) AS models,
    c.selected_model,
    coalesce(c.input_tokens, 0) AS call_input_tokens,
    coalesce(c.output_tokens, 0) AS call_output_tokens,
    coalesce(c.list_cost_usd, 0)::DECIMAL(18, 9) AS calls_list_cost_usd
FROM episodes AS e
LEFT JOIN (
    SELECT
        episode_id,
        count(*) AS calls,
        count(*) FILTER (WHERE status <> 'refused') AS calls_made,
        count(*) FILTER (WHERE status = 'ok') AS calls_ok,
        list(model_id ORDER BY call_index) FILTER (WHERE status = 'ok') AS models,
        any_value(model_id) FILTER (WHERE selected) AS selected_model,
        sum(input_tokens)::BIGINT AS input_tokens,
        sum(output_tokens)::BIGINT AS output_tokens,
        sum(list_cost_usd) AS list_cost_usd
    FROM calls
    GROUP BY episode_id
) AS c USING (episode_id)
