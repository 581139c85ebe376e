-- The base list as it stands.
INSERT INTO models BY NAME
SELECT
    $build_id AS build_id,
    model_id, display_name, provider, litellm_model, tier, enabled, context_window,
    max_output_tokens, capabilities
FROM read_parquet($file)
