-- What: What a router has to beat on the outcome bank: the oracle, the best single model, the cheapest
-- one, any model at random, the oracle within each tier of models, and every single model; with mean
-- score, share solved and mean cost.
-- Grain: data_source, tier, is_simulated, baseline, model_id or model_tier; the set 'a/*' is every
-- data_source under a/, 'all' is everything; tier is that of the problem.
-- Source: RouterBench (arXiv 2403.12031) and LLMRouterBench (arXiv 2601.07206): best single in
-- hindsight, random, and the oracle, which takes the cheapest of the best answers.
-- Trap: 'all' and 'a/*' repeat the others. accuracy is the mean score, solved the share of full scores
-- (of the oracle: at least one model solved it). Where cells are missing, a model's figures are over
-- its own problems (coverage tells the share) and oracle_accuracy is the oracle's on those same
-- problems, which it never exceeds; best and cheapest are sought among models that cover nine tenths of
-- the problems of the model that covers most. accuracy is over judged of problems, mean_cost_usd over
-- costed: sets of costs alone have no accuracy and no best single model, but a cheapest one.
-- Needs: bank_choices, base_price
CREATE OR REPLACE VIEW baselines AS
WITH scoped AS (
    SELECT
        *,
        unnest(list_distinct([
            data_source,
            if(contains(data_source, '/'), split_part(data_source, '/', 1) || '/*', 'all'),
            'all'
        ])) AS scope
    FROM bank_choices
),

figures AS (
    SELECT
        scope AS data_source,
        if(grouping(tier) = 1, 'all', tier) AS tier,
        is_simulated,
        choice AS baseline,
        if(choice = 'single', model_id, NULL) AS model_id,
        if(choice IN ('single', 'tier_oracle'), model_tier, NULL) AS model_tier,
        avg(score) AS accuracy,
        avg(solved) AS solved,
        avg(cost_usd)::DECIMAL(18, 9) AS mean_cost_usd,
        count(*) AS problems,
        count(score) AS judged,
        count(cost_usd) AS costed,
        avg(oracle_score) AS oracle_accuracy,
        avg(oracle_solved) AS oracle_solved
    FROM scoped
    GROUP BY GROUPING SETS (
        (scope, is_simulated, choice, if(choice = 'single', model_id, NULL),
            if(choice IN ('single', 'tier_oracle'), model_tier, NULL), tier),
        (scope, is_simulated, choice, if(choice = 'single', model_id, NULL),
            if(choice IN ('single', 'tier_oracle'), model_tier, NULL))
    )
),

covered AS (
    SELECT
        f.*,
        f.problems / max(f.problems) FILTER (WHERE f.baseline = 'oracle')
            OVER (PARTITION BY f.data_source, f.tier, f.is_simulated) AS coverage,
        f.baseline = 'single' AND f.problems >= 0.9 * max(f.problems)
            FILTER (WHERE f.baseline = 'single')
            OVER (PARTITION BY f.data_source, f.tier, f.is_simulated) AS eligible,
        p.output_per_million AS price
    FROM figures AS f
    LEFT JOIN base_price AS p USING (model_id)
)

SELECT * EXCLUDE (eligible, price)
FROM covered
UNION ALL
SELECT * EXCLUDE (eligible, price) REPLACE ('best_single' AS baseline)
FROM covered
WHERE eligible AND accuracy IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY data_source, tier, is_simulated
    ORDER BY accuracy DESC, mean_cost_usd NULLS LAST, price NULLS LAST, model_id
) = 1
UNION ALL
SELECT * EXCLUDE (eligible, price) REPLACE ('cheapest' AS baseline)
FROM covered
WHERE eligible AND coalesce(mean_cost_usd, price) IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY data_source, tier, is_simulated
    ORDER BY mean_cost_usd NULLS LAST, price NULLS LAST, model_id
) = 1
