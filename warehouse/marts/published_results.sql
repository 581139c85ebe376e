-- What: What the authors of the published xRouter say that it, and the models it may call, reach on the
-- system suites: the metric in its own scale, and what it cost.
-- Grain: system, suite, metric.
-- Source: xRouter (arXiv 2510.08439), table of results on LiveCodeBench v5, GPQA-Diamond, AIME-25,
-- MT-Bench, IFEval and LiveBench.
-- Trap: Not to be set off against our own results as if they were one experiment: pools, dates, prices,
-- prompts and graders differ, and nothing says how sure the figures are. cost_usd is the mean of a query,
-- but of livebench that of the whole run: see cost_of. cost_utility (accuracy / cost) is only there
-- where the cost is of a query. IFEval has two metrics over one run, and one cost.
-- Needs: cost_utility
CREATE OR REPLACE VIEW published_results AS
WITH measured(
    position, system, lcb, lcb_usd, gpqa, gpqa_usd, aime, aime_usd, mt, mt_usd, if_m1, if_m2, if_usd, lb,
    lb_usd
) AS (
    VALUES
    (1, 'GPT-4.1', 0.4480, 0.005953, 0.3384, 0.000568, 0.4000, 0.025765, 9.4465, 0.006725, 0.906, 0.9389, 0.000440, 57.28, 10.78),
    (2, 'GPT-5-mini', 0.2832, 0.006656, 0.7677, 0.004484, 0.8333, 0.011523, 9.3031, 0.004810, 0.904, 0.9311, 0.000551, 78.58, 6.58),
    (3, 'GPT-5', 0.1756, 0.049634, 0.8586, 0.033716, 0.7333, 0.048160, 9.3019, 0.033150, 0.948, 0.9662, 0.003693, 83.89, 35.86),
    (4, 'GPT-OSS-20B', 0.3190, 0.000363, 0.4848, 0.000281, 0.1333, 0.000405, 8.6761, 0.000462, 0.786, 0.8309, 0.000038, 47.68, 0.405),
    (5, 'Kimi-K2', 0.4480, 0.003089, 0.6313, 0.004225, 0.2333, 0.005865, 9.2438, 0.002626, 0.918, 0.9454, 0.000237, 57.74, 3.78),
    (6, 'DeepSeek-R1', 0.0609, 0.015368, 0.1970, 0.014830, 0.7333, 0.014701, 7.7531, 0.023351, 0.806, 0.8674, 0.001216, 35.39, 16.60),
    (7, 'Qwen3-235B-Inst', 0.4265, 0.000473, 0.4848, 0.000148, 0.2333, 0.001199, 9.2906, 0.000847, 0.918, 0.9454, 0.000046, 47.74, 0.925),
    (8, 'Qwen3-235B-Think', 0.0251, 0.006353, 0.2121, 0.006180, 0.7333, 0.006232, 7.8469, 0.009962, 0.350, 0.4889, 0.000607, 17.03, 7.75),
    (9, 'xRouter-7b lambda1', 0.6344, 0.007825, 0.7121, 0.004872, 0.7667, 0.010513, 8.0227, 0.007064, 0.778, 0.8479, 0.000573, 57.04, 6.42),
    (10, 'xRouter-7b lambda2', 0.6774, 0.007166, 0.7172, 0.004548, 0.7667, 0.015377, 7.9780, 0.006981, 0.784, 0.8518, 0.000569, 56.95, 6.41),
    (11, 'xRouter-7b lambda3', 0.4229, 0.006447, 0.6061, 0.001320, 0.5000, 0.008646, 8.3165, 0.005970, 0.806, 0.8635, 0.000496, 61.41, 7.87)
),

listed AS (
    SELECT position, system, 'livecodebench' AS suite, 'accuracy' AS metric, 1 AS metric_scale, lcb AS value,
        lcb_usd AS cost_usd, 'query' AS cost_of
    FROM measured
    UNION ALL
    SELECT position, system, 'gpqa_diamond', 'accuracy', 1, gpqa, gpqa_usd, 'query' FROM measured
    UNION ALL
    SELECT position, system, 'aime25', 'accuracy', 1, aime, aime_usd, 'query' FROM measured
    UNION ALL
    SELECT position, system, 'mt_bench', 'rating', 10, mt, mt_usd, 'query' FROM measured
    UNION ALL
    SELECT position, system, 'ifeval', 'm1', 1, if_m1, if_usd, 'query' FROM measured
    UNION ALL
    SELECT position, system, 'ifeval', 'm2', 1, if_m2, if_usd, 'query' FROM measured
    UNION ALL
    SELECT position, system, 'livebench', 'average', 100, lb, lb_usd, 'run' FROM measured
)

SELECT
    position, system, starts_with(system, 'xRouter') AS is_router, suite, metric,
    metric_scale::DOUBLE AS metric_scale, value::DOUBLE AS value,
    cost_usd::DECIMAL(18, 9) AS cost_usd, cost_of,
    if(cost_of = 'query', cost_utility(value / metric_scale, cost_usd), NULL) AS cost_utility
FROM listed
