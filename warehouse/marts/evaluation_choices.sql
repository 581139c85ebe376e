-- What: What fixed choices come to on each item of a suite that was evaluated: every single model, the
-- oracle and any model at random (its expectation); by the outcome bank, or where that does not know
-- the suite, by evaluated runs of these policies.
-- Grain: suite, suite_revision, is_simulated, choice, model_id, problem_id.
-- Source: RouterBench (arXiv 2403.12031), section 3: the oracle takes the best answer, of several the
-- cheapest.
-- Trap: source is bank where it judged answers to at least half of the items that runs asked, otherwise
-- run, with the newest of the runs that asked most. The bank's are over all of its models, whether a
-- run offered them or not, at the prices that hold last; random is over those with an answer. points
-- are by the suite's metric, see metric_points. samples are the most answers of one model: with several,
-- a single replay may be better than their mean. The choice cheapest is here by runs only. The bank is
-- asked under the ids that runs found in it, too.
-- Needs: evaluation_items, outcome_cells, metric_points
CREATE OR REPLACE VIEW evaluation_choices AS
WITH asked AS (
    SELECT suite, suite_revision, is_simulated, any_value(metric) AS metric, problem_id
    FROM evaluation_items
    GROUP BY suite, suite_revision, is_simulated, problem_id
),

names AS (
    SELECT problem_id, bank_problem_id AS known_as
    FROM episodes
    WHERE kind = 'evaluate' AND bank_problem_id IS NOT NULL
    UNION
    SELECT problem_id, problem_id FROM asked
),

cells AS (
    SELECT
        a.suite, a.suite_revision, a.is_simulated, a.problem_id, c.model_id, c.judged, c.cost_usd,
        metric_points(a.metric, c.score, c.solved) AS points
    FROM asked AS a
    JOIN names AS n ON n.problem_id = a.problem_id
    JOIN outcome_cells AS c ON c.problem_id = n.known_as AND c.is_simulated = a.is_simulated
    WHERE c.score IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY a.suite, a.suite_revision, a.is_simulated, a.problem_id, c.model_id
        ORDER BY c.judged DESC, n.known_as
    ) = 1
),

known AS (
    SELECT a.suite, a.suite_revision, a.is_simulated
    FROM asked AS a
    LEFT JOIN (
        SELECT DISTINCT suite, suite_revision, is_simulated, problem_id FROM cells
    ) AS c USING (suite, suite_revision, is_simulated, problem_id)
    GROUP BY a.suite, a.suite_revision, a.is_simulated
    HAVING count(c.problem_id) >= 0.5 * count(*)
),

banked AS (
    SELECT c.* FROM cells AS c SEMI JOIN known USING (suite, suite_revision, is_simulated)
),

fixed AS (
    SELECT
        run_id, suite, suite_revision, simulated AS is_simulated, episodes, started_at,
        CASE
            WHEN starts_with(policy, 'always:') OR policy = 'best-single' THEN 'single'
            WHEN policy IN ('oracle', 'random', 'cheapest') THEN policy
        END AS choice,
        CASE
            WHEN starts_with(policy, 'always:') THEN substr(policy, 8)
            WHEN policy = 'best-single' THEN coalesce(policy_model, policy)
        END AS model_id
    FROM evaluations
),

newest AS (
    SELECT run_id, choice, model_id
    FROM fixed
    ANTI JOIN known USING (suite, suite_revision, is_simulated)
    WHERE choice IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY suite, suite_revision, is_simulated, choice, model_id
        ORDER BY episodes DESC, started_at DESC, run_id
    ) = 1
)

SELECT
    suite, suite_revision, is_simulated, problem_id, 'bank' AS source, 'single' AS choice, model_id,
    NULL AS run_id, points, cost_usd::DOUBLE AS cost_usd, judged AS samples
FROM banked
UNION ALL
SELECT
    suite, suite_revision, is_simulated, problem_id, 'bank', 'oracle', NULL, NULL,
    max(points),
    arg_min(
        cost_usd::DOUBLE, (-points, cost_usd IS NULL, coalesce(cost_usd, 0), model_id)
    ),
    max(judged)
FROM banked
GROUP BY suite, suite_revision, is_simulated, problem_id
UNION ALL
SELECT
    suite, suite_revision, is_simulated, problem_id, 'bank', 'random', NULL, NULL,
    avg(points), if(count(cost_usd) = count(*), avg(cost_usd), NULL)::DOUBLE, max(judged)
FROM banked
GROUP BY suite, suite_revision, is_simulated, problem_id
UNION ALL
SELECT
    i.suite, i.suite_revision, i.is_simulated, i.problem_id, 'run', r.choice, r.model_id, r.run_id,
    i.points / i.graded, i.cost_usd::DOUBLE / i.episodes, i.graded
FROM evaluation_items AS i
JOIN newest AS r USING (run_id)
WHERE i.graded > 0
