-- Calls of files of a spool, one row each; they stand in the rows of their episodes, and take along
-- what questions group by.
CREATE OR REPLACE TEMP MACRO spool_calls(files) AS TABLE
SELECT
    episode_id,
    c.call_index, c.call_id, c.turn, c.tool_name, c.model_id, c.system_prompt_hash, c.temperature,
    c.max_tokens, c.input_tokens, c.cached_input_tokens, c.output_tokens, c.reasoning_tokens,
    c.cost_usd, c.list_cost_usd, c.provider_cost_usd, c.status, c.error_type, c.attempts,
    c.finish_reason, c.seconds, c.selected, c.source, c.simulated, c.started_at,
    day, run_id, kind, policy, policy_revision, tier
FROM (
    SELECT
        episode_id, run_id, kind, policy, policy_revision, tier,
        timezone('UTC', started_at)::DATE AS day,
        unnest(calls) AS c
    FROM read_parquet(files)
)
