-- Invented episodes $lo to $hi of $total over 90 days, as a ledger writes them: 20 models, 200 menus,
-- 50 keys, 20,000 problems. Every value is a function of the number of the episode.
COPY (
WITH numbers AS (
    SELECT
        i, u(i, 'kind') AS uk, u(i, 'policy') AS up, u(i, 'mode') AS um, u(i, 'verdict') < 0.6 AS is_right,
        i * 90.0 / $total AS days,
        (1 + hash(i, 'calls') % 6)::INTEGER AS wanted
    FROM range($lo, $hi) AS r(i)
),

timed AS (
    SELECT
        *, if(um < 0.05, 0, wanted) AS n, i % 20000 AS problem, uk >= 0.8 AS known,
        timestamptz '2026-08-01 00:00:00+00' + to_microseconds((days * 86400e6)::BIGINT) AS started
    FROM numbers
),

drawn AS (
    SELECT
        *,
        list_transform(range(n), lambda j: struct_pack(
            key := i * 8 + j,
            model := (20 * pow(u(i * 8 + j, 'model'), 2))::INTEGER % 20,
            "read" := (20 + 400 * exp(0.8 * normal(i * 8 + j, 'in')))::BIGINT,
            written := (5 + 300 * exp(0.9 * normal(i * 8 + j, 'out')))::BIGINT,
            luck := u(i * 8 + j, 'status')
        )) AS draws
    FROM timed
),

called AS (
    SELECT
        *,
        list_transform(draws, lambda d, j: struct_pack(
            call_index := (j - 1)::INTEGER, call_id := 'c' || j, turn := ((j - 1) // 3)::INTEGER,
            tool_name := 'call_model_' || d.model, model_id := 'model-' || d.model,
            system_prompt_hash := left(md5((d.key % 500)::VARCHAR), 16),
            temperature := if(d.key % 3 = 0, 0.7, NULL)::DOUBLE, max_tokens := 2048::BIGINT,
            input_tokens := if(d.luck < 0.97, d."read", NULL),
            cached_input_tokens := if(d.luck < 0.97, d."read" // 4, NULL),
            output_tokens := if(d.luck < 0.97, d.written, NULL),
            reasoning_tokens := if(d.luck < 0.97, 0, NULL)::BIGINT,
            cost_usd := if(d.luck < 0.97,
                round((d."read" * 0.05 + d.written * 0.2) * (d.model + 1) / 1e6, 9), 0)::DOUBLE,
            list_cost_usd := if(d.luck < 0.97,
                round((d."read" * 0.06 + d.written * 0.2) * (d.model + 1) / 1e6, 9), 0)::DOUBLE,
            provider_cost_usd := NULL::DOUBLE,
            status := CASE WHEN d.luck < 0.97 THEN 'ok' WHEN d.luck < 0.99 THEN 'error' ELSE 'refused' END,
            error_type := CASE
                WHEN d.luck < 0.97 THEN NULL WHEN d.luck < 0.98 THEN 'timeout'
                WHEN d.luck < 0.99 THEN 'rate_limit' ELSE 'budget'
            END,
            attempts := CASE WHEN d.luck >= 0.99 THEN 0 WHEN d.luck > 0.95 THEN 2 ELSE 1 END::INTEGER,
            finish_reason := CASE WHEN d.luck < 0.95 THEN 'stop' WHEN d.luck < 0.97 THEN 'length' END,
            seconds := if(d.luck < 0.99, round(0.3 + d.written * 0.01 * (1 + u(d.key, 'seconds')), 6), 0)::DOUBLE,
            selected := um < 0.5 AND j = 1, source := 'live', simulated := false,
            started_at := if(d.luck < 0.99, started + to_milliseconds(j), NULL)
        )) AS calls,
        800 + (hash(i, 'router in') % 1500)::BIGINT AS router_read,
        20 + (hash(i, 'router out') % 200)::BIGINT AS router_wrote
    FROM drawn
),

priced AS (
    SELECT
        *,
        round(coalesce(list_sum(list_transform(calls, lambda c: c.cost_usd)), 0), 9) AS calls_usd,
        round((router_read * 0.04 + router_wrote * 0.1) / 1e6, 9) AS router_usd
    FROM called
)

SELECT
    md5(i::VARCHAR) AS episode_id,
    'run-' || (days // 7)::INTEGER AS run_id,
    CASE WHEN NOT known THEN 'serve' WHEN uk < 0.9 THEN 'evaluate' WHEN uk < 0.98 THEN 'train' ELSE 'validate' END AS kind,
    CASE WHEN up < 0.6 THEN 'router' WHEN up < 0.8 THEN 'cheapest' WHEN up < 0.9 THEN 'random' ELSE 'always:model-19' END AS policy,
    if(up < 0.6, (days // 9)::INTEGER::VARCHAR, NULL) AS policy_revision,
    if(known, left(md5(i % 50000 || ' example'), 16), NULL) AS example_id,
    if(known, left(md5(problem || ' problem'), 16), NULL) AS problem_id,
    NULL::VARCHAR AS bank_problem_id,
    if(known, ['easy', 'medium', 'hard'][1 + problem % 3], NULL) AS tier,
    left(md5(i % 200 || ' menu'), 16) AS catalog_id,
    list_transform(range(20), lambda m: 'model-' || m) AS offered,
    CASE WHEN um < 0.05 THEN 'direct' WHEN um < 0.5 THEN 'select' WHEN um < 0.97 THEN 'synthesize' ELSE 'failed' END AS mode,
    if(um >= 0.05 AND um < 0.5, 'c1', NULL) AS selected_call,
    (1 + n // 3)::INTEGER AS turns,
    router_read AS router_input_tokens, router_wrote AS router_output_tokens,
    router_usd AS router_cost_usd, calls_usd AS calls_cost_usd,
    round(router_usd + calls_usd, 9) AS total_cost_usd,
    if(known AND um < 0.97, if(is_right, 'correct', 'wrong'), NULL) AS verdict,
    if(known AND um < 0.97, is_right::DOUBLE, NULL) AS quality,
    if(known, round(calls_usd * 100, 6), NULL) AS normalized_cost,
    if(known, 2.0, NULL)::DOUBLE AS cost_weight,
    if(known, if(is_right AND um < 0.97, round(1 - least(0.8, 2 * calls_usd * 100), 6), 0), NULL)::DOUBLE AS reward,
    if(policy = 'random', 0.05, NULL)::DOUBLE AS propensity,
    started AS started_at,
    round(1 + n * 0.8 * u(i, 'wall'), 6)::DOUBLE AS seconds,
    if(um >= 0.97, 'turn_limit: 3 turns', NULL) AS error,
    false AS simulated,
    if(known, NULL, 'key-' || hash(i, 'key') % 50) AS api_key_id,
    left(md5(i || ' request'), 16) AS request_hash,
    left(md5(i || ' answer'), 16) AS answer_hash,
    NULL::VARCHAR AS request_text, NULL::VARCHAR AS answer_text,
    calls
FROM priced
ORDER BY started_at
) TO '$file' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480)
