-- Routing decisions and what they called. No primary keys, which would make loading slow: the loader
-- leaves out what is there already, and checks/ledger_duplicate_keys.sql stands guard.

CREATE TABLE episodes (
    episode_id VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    policy VARCHAR NOT NULL,
    policy_revision VARCHAR,
    example_id VARCHAR,
    problem_id VARCHAR,
    catalog_id VARCHAR NOT NULL,
    offered VARCHAR[] NOT NULL,
    mode VARCHAR NOT NULL,
    selected_call VARCHAR,
    turns INTEGER NOT NULL,
    router_input_tokens BIGINT NOT NULL,
    router_output_tokens BIGINT NOT NULL,
    router_cost_usd DECIMAL(18,9) NOT NULL,
    calls_cost_usd DECIMAL(18,9) NOT NULL,
    total_cost_usd DECIMAL(18,9) NOT NULL,
    verdict VARCHAR,
    quality DOUBLE,
    normalized_cost DOUBLE,
    cost_weight DOUBLE,
    reward DOUBLE,
    propensity DOUBLE,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seconds DOUBLE NOT NULL,
    error VARCHAR,
    simulated BOOLEAN NOT NULL,
    api_key_id VARCHAR,
    request_hash VARCHAR,
    answer_hash VARCHAR,
    request_text VARCHAR,
    answer_text VARCHAR
);

COMMENT ON TABLE episodes IS 'One routing decision. Grain: episode_id.';
COMMENT ON COLUMN episodes.episode_id IS '32 hex digits, unique.';
COMMENT ON COLUMN episodes.run_id IS 'Server, evaluation or training run that made it.';
COMMENT ON COLUMN episodes.kind IS 'train, validate, evaluate or serve.';
COMMENT ON COLUMN episodes.policy IS 'Name of what decided.';
COMMENT ON COLUMN episodes.policy_revision IS 'Checkpoint step, or version; NULL for a fixed rule.';
COMMENT ON COLUMN episodes.example_id IS 'Row of the training set; NULL when serving.';
COMMENT ON COLUMN episodes.problem_id IS 'Problem, where it is a known one.';
COMMENT ON COLUMN episodes.catalog_id IS 'Menu: prices shown and charged.';
COMMENT ON COLUMN episodes.offered IS 'Model ids of the menu, in the order shown.';
COMMENT ON COLUMN episodes.mode IS 'direct, synthesize, select or failed.';
COMMENT ON COLUMN episodes.selected_call IS 'Call id whose reply was returned word for word.';
COMMENT ON COLUMN episodes.turns IS 'Turns of the policy.';
COMMENT ON COLUMN episodes.router_input_tokens IS 'Read by the policy.';
COMMENT ON COLUMN episodes.router_output_tokens IS 'Written by the policy.';
COMMENT ON COLUMN episodes.router_cost_usd IS 'Of the policy''s own tokens, USD.';
COMMENT ON COLUMN episodes.calls_cost_usd IS 'Of every billed call, failed ones included, USD.';
COMMENT ON COLUMN episodes.total_cost_usd IS 'Sum of both, USD.';
COMMENT ON COLUMN episodes.verdict IS 'Of the final answer; NULL where nothing judges it.';
COMMENT ON COLUMN episodes.quality IS 'Score of the final answer, 0 to 1.';
COMMENT ON COLUMN episodes.normalized_cost IS 'Total cost in the unit of the reward.';
COMMENT ON COLUMN episodes.cost_weight IS 'Weight of cost in the reward.';
COMMENT ON COLUMN episodes.reward IS 'What the policy earned.';
COMMENT ON COLUMN episodes.propensity IS 'Probability with which the policy decided so, where known.';
COMMENT ON COLUMN episodes.started_at IS 'When the request came in, UTC.';
COMMENT ON COLUMN episodes.seconds IS 'Wall clock.';
COMMENT ON COLUMN episodes.error IS 'Why it failed, or which limit ended it.';
COMMENT ON COLUMN episodes.simulated IS 'At least one call was answered by a stand-in.';
COMMENT ON COLUMN episodes.api_key_id IS 'Who asked, by the id of the key; NULL without keys.';
COMMENT ON COLUMN episodes.request_hash IS 'Of the user''s messages.';
COMMENT ON COLUMN episodes.answer_hash IS 'Of the final answer.';
COMMENT ON COLUMN episodes.request_text IS 'JSON of the messages; only where texts are stored.';
COMMENT ON COLUMN episodes.answer_text IS 'Text of the answer; likewise.';

CREATE TABLE calls (
    episode_id VARCHAR NOT NULL,
    call_index INTEGER NOT NULL,
    call_id VARCHAR NOT NULL,
    turn INTEGER NOT NULL,
    tool_name VARCHAR NOT NULL,
    model_id VARCHAR,
    system_prompt_hash VARCHAR,
    temperature DOUBLE,
    max_tokens BIGINT,
    input_tokens BIGINT,
    cached_input_tokens BIGINT,
    output_tokens BIGINT,
    reasoning_tokens BIGINT,
    cost_usd DECIMAL(18,9) NOT NULL,
    list_cost_usd DECIMAL(18,9) NOT NULL,
    provider_cost_usd DECIMAL(18,9),
    status VARCHAR NOT NULL,
    error_type VARCHAR,
    attempts INTEGER NOT NULL,
    finish_reason VARCHAR,
    seconds DOUBLE NOT NULL,
    selected BOOLEAN NOT NULL,
    source VARCHAR NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE
);

COMMENT ON TABLE calls IS 'One call that a policy wanted, whether it was made or refused. Grain: episode_id, call_index.';
COMMENT ON COLUMN calls.episode_id IS 'Of episodes.';
COMMENT ON COLUMN calls.call_index IS 'Number within the episode, from 0.';
COMMENT ON COLUMN calls.call_id IS 'As the policy knows it.';
COMMENT ON COLUMN calls.turn IS 'Turn of the policy that made it, from 0.';
COMMENT ON COLUMN calls.tool_name IS 'As the policy wrote it.';
COMMENT ON COLUMN calls.model_id IS 'NULL where the name is no model of the menu.';
COMMENT ON COLUMN calls.system_prompt_hash IS 'Of what the policy wrote for the model.';
COMMENT ON COLUMN calls.temperature IS 'NULL: the model''s default.';
COMMENT ON COLUMN calls.max_tokens IS 'NULL: the model''s limit.';
COMMENT ON COLUMN calls.input_tokens IS 'Cached ones included.';
COMMENT ON COLUMN calls.cached_input_tokens IS 'Of these, read from a cache.';
COMMENT ON COLUMN calls.output_tokens IS 'Reasoning included.';
COMMENT ON COLUMN calls.reasoning_tokens IS 'Of these, reasoning.';
COMMENT ON COLUMN calls.cost_usd IS 'At the prices of the menu, USD.';
COMMENT ON COLUMN calls.list_cost_usd IS 'At the base prices, USD.';
COMMENT ON COLUMN calls.provider_cost_usd IS 'As the provider''s library reckons, USD; NULL where it cannot.';
COMMENT ON COLUMN calls.status IS 'ok, error, or refused before anything was sent.';
COMMENT ON COLUMN calls.error_type IS 'unknown_tool, bad_arguments, budget, rate_limit, timeout ...';
COMMENT ON COLUMN calls.attempts IS 'Times it was sent.';
COMMENT ON COLUMN calls.finish_reason IS 'As the provider gave it.';
COMMENT ON COLUMN calls.seconds IS 'Wall clock, retries included.';
COMMENT ON COLUMN calls.selected IS 'Its reply was returned word for word.';
COMMENT ON COLUMN calls.source IS 'live, bank or simulated.';
COMMENT ON COLUMN calls.started_at IS 'When it was sent first, UTC.';

