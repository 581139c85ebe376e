-- What: Episodes, without their texts.
-- Grain: episode_id.
-- Trap: calls counts refused ones, too; calls_made does not. is_correct is NULL where nothing judges
-- the answer. Texts stand in episodes, where they were kept. Sums by day are in episode_sums, which
-- is read much faster.
CREATE OR REPLACE VIEW fct_episode AS
SELECT
    * EXCLUDE (request_text, answer_text, simulated),
    simulated AS is_simulated,
    mode = 'failed' AS is_failed,
    verdict = 'correct' AS is_correct,
    split_part(error, ':', 1) AS error_type
FROM episodes
