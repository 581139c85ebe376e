-- Episodes of one file of a spool; money becomes DECIMAL.
INSERT INTO incoming_episodes BY NAME
SELECT
    $number AS file,
    episode_id, run_id, kind, policy, policy_revision, example_id, problem_id, tier, catalog_id,
    offered, mode, selected_call, turns, router_input_tokens, router_output_tokens, router_cost_usd,
    calls_cost_usd, total_cost_usd, verdict, quality, normalized_cost, cost_weight, reward,
    propensity, started_at, seconds, error, simulated, api_key_id, request_hash, answer_hash,
    request_text, answer_text
FROM read_parquet($file)
