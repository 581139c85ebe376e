-- What questions group by stands in the rows they are asked of, so that none needs a join of all
-- calls with all episodes; and sums by day, so that a page need not read every row.

ALTER TABLE episodes ADD COLUMN day DATE;
ALTER TABLE episodes ADD COLUMN calls INTEGER;
ALTER TABLE episodes ADD COLUMN calls_made INTEGER;
ALTER TABLE episodes ADD COLUMN calls_ok INTEGER;
ALTER TABLE episodes ADD COLUMN models VARCHAR[];
ALTER TABLE episodes ADD COLUMN selected_model VARCHAR;
ALTER TABLE episodes ADD COLUMN call_input_tokens BIGINT;
ALTER TABLE episodes ADD COLUMN call_output_tokens BIGINT;
ALTER TABLE episodes ADD COLUMN calls_list_cost_usd DECIMAL(18,9);

COMMENT ON COLUMN episodes.day IS 'Of started_at, in UTC.';
COMMENT ON COLUMN episodes.calls IS 'Calls that the policy wanted, refused ones included.';
COMMENT ON COLUMN episodes.calls_made IS 'Of these, calls that were sent.';
COMMENT ON COLUMN episodes.calls_ok IS 'Of these, calls that were answered.';
COMMENT ON COLUMN episodes.models IS 'Models that answered, in the order of the calls.';
COMMENT ON COLUMN episodes.selected_model IS 'Model whose reply was returned word for word.';
COMMENT ON COLUMN episodes.call_input_tokens IS 'Read by the called models.';
COMMENT ON COLUMN episodes.call_output_tokens IS 'Written by the called models.';
COMMENT ON COLUMN episodes.calls_list_cost_usd IS 'Of every billed call at base prices, USD.';

UPDATE episodes SET
    day = timezone('UTC', started_at)::DATE,
    calls = 0, calls_made = 0, calls_ok = 0, models = [],
    call_input_tokens = 0, call_output_tokens = 0, calls_list_cost_usd = 0;
UPDATE episodes AS e SET
    calls = c.calls, calls_made = c.calls_made, calls_ok = c.calls_ok, models = c.models,
    selected_model = c.selected_model, call_input_tokens = c.input_tokens,
    call_output_tokens = c.output_tokens, calls_list_cost_usd = c.list_cost_usd
FROM (
    SELECT
        episode_id,
        count(*) AS calls,
        count(*) FILTER (WHERE status <> 'refused') AS calls_made,
        count(*) FILTER (WHERE status = 'ok') AS calls_ok,
        coalesce(list(model_id ORDER BY call_index) FILTER (WHERE status = 'ok'), []) AS models,
        any_value(model_id) FILTER (WHERE selected) AS selected_model,
        coalesce(sum(input_tokens), 0)::BIGINT AS input_tokens,
        coalesce(sum(output_tokens), 0)::BIGINT AS output_tokens,
        sum(list_cost_usd)::DECIMAL(18,9) AS list_cost_usd
    FROM calls
    GROUP BY episode_id
) AS c
WHERE c.episode_id = e.episode_id;

ALTER TABLE calls ADD COLUMN day DATE;
ALTER TABLE calls ADD COLUMN run_id VARCHAR;
ALTER TABLE calls ADD COLUMN kind VARCHAR;
ALTER TABLE calls ADD COLUMN policy VARCHAR;
ALTER TABLE calls ADD COLUMN policy_revision VARCHAR;
ALTER TABLE calls ADD COLUMN tier VARCHAR;

COMMENT ON COLUMN calls.day IS 'Of the episode''s start, in UTC.';
COMMENT ON COLUMN calls.run_id IS 'Of the episode.';
COMMENT ON COLUMN calls.kind IS 'Of the episode: train, validate, evaluate or serve.';
COMMENT ON COLUMN calls.policy IS 'Of the episode.';
COMMENT ON COLUMN calls.policy_revision IS 'Of the episode.';
COMMENT ON COLUMN calls.tier IS 'Of the episode''s problem, where known.';

UPDATE calls SET
    day = e.day, run_id = e.run_id, kind = e.kind, policy = e.policy,
    policy_revision = e.policy_revision, tier = e.tier
FROM episodes AS e
WHERE e.episode_id = calls.episode_id;

-- What was offered stands on the menu, once, with its prices.
ALTER TABLE episodes DROP COLUMN offered;

CREATE TABLE stale_days (
    day DATE NOT NULL
);
COMMENT ON TABLE stale_days IS 'Days whose sums must be made anew, within a transaction; empty outside. Grain: any.';
COMMENT ON COLUMN stale_days.day IS 'In UTC.';
INSERT INTO stale_days SELECT DISTINCT day FROM episodes;

CREATE TABLE episode_sums (
    day DATE NOT NULL,
    run_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    policy VARCHAR NOT NULL,
    policy_revision VARCHAR,
    tier VARCHAR,
    cost_weight DOUBLE,
    api_key_id VARCHAR,
    mode VARCHAR NOT NULL,
    error_type VARCHAR,
    has_problem BOOLEAN NOT NULL,
    is_simulated BOOLEAN NOT NULL,
    episodes BIGINT NOT NULL,
    judged BIGINT NOT NULL,
    correct BIGINT NOT NULL,
    ungraded BIGINT NOT NULL,
    calls BIGINT NOT NULL,
    calls_made BIGINT NOT NULL,
    calls_ok BIGINT NOT NULL,
    router_input_tokens BIGINT NOT NULL,
    router_output_tokens BIGINT NOT NULL,
    call_input_tokens BIGINT NOT NULL,
    call_output_tokens BIGINT NOT NULL,
    router_cost_usd DECIMAL(18,9) NOT NULL,
    calls_cost_usd DECIMAL(18,9) NOT NULL,
    total_cost_usd DECIMAL(18,9) NOT NULL,
    calls_list_cost_usd DECIMAL(18,9) NOT NULL,
    judged_cost_usd DECIMAL(18,9) NOT NULL,
    rewarded BIGINT NOT NULL,
    reward DOUBLE NOT NULL,
    quality DOUBLE NOT NULL,
    seconds DOUBLE NOT NULL
);
COMMENT ON TABLE episode_sums IS 'Episodes counted and summed up. Grain: day to is_simulated.';
COMMENT ON COLUMN episode_sums.day IS 'In UTC.';
COMMENT ON COLUMN episode_sums.run_id IS 'Server, evaluation or training run.';
COMMENT ON COLUMN episode_sums.kind IS 'train, validate, evaluate or serve.';
COMMENT ON COLUMN episode_sums.policy IS 'Name of what decided.';
COMMENT ON COLUMN episode_sums.policy_revision IS 'Checkpoint step, or version.';
COMMENT ON COLUMN episode_sums.tier IS 'Of the problem, where known.';
COMMENT ON COLUMN episode_sums.cost_weight IS 'Weight of cost in the reward.';
COMMENT ON COLUMN episode_sums.api_key_id IS 'Who asked.';
COMMENT ON COLUMN episode_sums.mode IS 'direct, synthesize, select or failed.';
COMMENT ON COLUMN episode_sums.error_type IS 'First word of the error.';
COMMENT ON COLUMN episode_sums.has_problem IS 'About a known problem.';
COMMENT ON COLUMN episode_sums.is_simulated IS 'At least one call was answered by a stand-in.';
COMMENT ON COLUMN episode_sums.episodes IS 'Number of episodes.';
COMMENT ON COLUMN episode_sums.judged IS 'Of these, with a verdict, ungraded ones (a fault of ours) left out.';
COMMENT ON COLUMN episode_sums.correct IS 'Of these, right.';
COMMENT ON COLUMN episode_sums.ungraded IS 'Episodes whose verdict is ungraded.';
COMMENT ON COLUMN episode_sums.calls IS 'Calls that were wanted.';
COMMENT ON COLUMN episode_sums.calls_made IS 'Of these, sent.';
COMMENT ON COLUMN episode_sums.calls_ok IS 'Of these, answered.';
COMMENT ON COLUMN episode_sums.router_input_tokens IS 'Read by the policy.';
COMMENT ON COLUMN episode_sums.router_output_tokens IS 'Written by the policy.';
COMMENT ON COLUMN episode_sums.call_input_tokens IS 'Read by called models.';
COMMENT ON COLUMN episode_sums.call_output_tokens IS 'Written by called models.';
COMMENT ON COLUMN episode_sums.router_cost_usd IS 'Of the policy''s own tokens, USD.';
COMMENT ON COLUMN episode_sums.calls_cost_usd IS 'Of billed calls, USD.';
COMMENT ON COLUMN episode_sums.total_cost_usd IS 'Sum of both, USD.';
COMMENT ON COLUMN episode_sums.calls_list_cost_usd IS 'Of billed calls at base prices, USD.';
COMMENT ON COLUMN episode_sums.judged_cost_usd IS 'Total cost of judged and of failed episodes, USD.';
COMMENT ON COLUMN episode_sums.rewarded IS 'Episodes with a reward.';
COMMENT ON COLUMN episode_sums.reward IS 'Sum of their rewards.';
COMMENT ON COLUMN episode_sums.quality IS 'Sum of the scores of judged answers.';
COMMENT ON COLUMN episode_sums.seconds IS 'Sum of wall clocks.';

CREATE TABLE call_sums (
    day DATE NOT NULL,
    run_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    policy VARCHAR NOT NULL,
    policy_revision VARCHAR,
    tier VARCHAR,
    model_id VARCHAR,
    source VARCHAR NOT NULL,
    is_simulated BOOLEAN NOT NULL,
    status VARCHAR NOT NULL,
    error_type VARCHAR,
    calls BIGINT NOT NULL,
    selected BIGINT NOT NULL,
    retried BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    with_tokens BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    cached_input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    reasoning_tokens BIGINT NOT NULL,
    cost_usd DECIMAL(18,9) NOT NULL,
    list_cost_usd DECIMAL(18,9) NOT NULL,
    seconds DOUBLE NOT NULL
);
COMMENT ON TABLE call_sums IS 'Calls counted and summed up. Grain: day to error_type.';
COMMENT ON COLUMN call_sums.day IS 'Of the episode''s start, in UTC.';
COMMENT ON COLUMN call_sums.run_id IS 'Server, evaluation or training run.';
COMMENT ON COLUMN call_sums.kind IS 'train, validate, evaluate or serve.';
COMMENT ON COLUMN call_sums.policy IS 'Name of what decided.';
COMMENT ON COLUMN call_sums.policy_revision IS 'Checkpoint step, or version.';
COMMENT ON COLUMN call_sums.tier IS 'Of the problem, where known.';
COMMENT ON COLUMN call_sums.model_id IS 'Model; NULL where the policy named none of its menu.';
COMMENT ON COLUMN call_sums.source IS 'live, bank or simulated.';
COMMENT ON COLUMN call_sums.is_simulated IS 'A stand-in answered.';
COMMENT ON COLUMN call_sums.status IS 'ok, error or refused.';
COMMENT ON COLUMN call_sums.error_type IS 'Why not ok.';
COMMENT ON COLUMN call_sums.calls IS 'Number of calls.';
COMMENT ON COLUMN call_sums.selected IS 'Of these, returned word for word.';
COMMENT ON COLUMN call_sums.retried IS 'Of these, sent more than once.';
COMMENT ON COLUMN call_sums.attempts IS 'Times that they were sent.';
COMMENT ON COLUMN call_sums.with_tokens IS 'Of these, with known tokens.';
COMMENT ON COLUMN call_sums.input_tokens IS 'Read, cached ones included.';
COMMENT ON COLUMN call_sums.cached_input_tokens IS 'Of these, read from a cache.';
COMMENT ON COLUMN call_sums.output_tokens IS 'Written, reasoning included.';
COMMENT ON COLUMN call_sums.reasoning_tokens IS 'Of these, reasoning.';
COMMENT ON COLUMN call_sums.cost_usd IS 'At the prices of the menu, USD.';
COMMENT ON COLUMN call_sums.list_cost_usd IS 'At base prices, USD.';
COMMENT ON COLUMN call_sums.seconds IS 'Sum of wall clocks.';

CREATE TABLE latency_sums (
    day DATE NOT NULL,
    kind VARCHAR NOT NULL,
    policy VARCHAR NOT NULL,
    model_id VARCHAR,
    source VARCHAR NOT NULL,
    is_simulated BOOLEAN NOT NULL,
    bin SMALLINT NOT NULL,
    calls BIGINT NOT NULL,
    seconds DOUBLE NOT NULL,
    output_tokens BIGINT NOT NULL
);
COMMENT ON TABLE latency_sums IS 'Answered calls by how long they took, in bins of 5 percent. Grain: day to bin.';
COMMENT ON COLUMN latency_sums.day IS 'Of the episode''s start, in UTC.';
COMMENT ON COLUMN latency_sums.kind IS 'train, validate, evaluate or serve.';
COMMENT ON COLUMN latency_sums.policy IS 'Name of what decided.';
COMMENT ON COLUMN latency_sums.model_id IS 'Model that answered.';
COMMENT ON COLUMN latency_sums.source IS 'live, bank or simulated.';
COMMENT ON COLUMN latency_sums.is_simulated IS 'A stand-in answered.';
COMMENT ON COLUMN latency_sums.bin IS 'Bin n holds 0.001 * 1.05^n to 0.001 * 1.05^(n + 1) seconds; bin 0 holds less, too.';
COMMENT ON COLUMN latency_sums.calls IS 'Number of calls.';
COMMENT ON COLUMN latency_sums.seconds IS 'Sum of their seconds.';
COMMENT ON COLUMN latency_sums.output_tokens IS 'Sum of their output tokens.';
