-- What: Problems that two models of the bank both answered, ranked by how much each ranker wants the
-- stronger one: every policy of a kind (share of its episodes that took the stronger model), the known
-- difficulty (1 - pass rate), chance (a hash), and the oracle (what the stronger model gains).
-- Grain: ranker, is_simulated, problem_id.
-- Source: RouteLLM (arXiv 2406.18665), section 2: a router defers a prompt to the strong model where its
-- score is above a threshold; all thresholds together are the ranking.
-- Trap: deferral_ranks('strong', 'weak', 'evaluate'). A policy that decides one way per problem has only
-- two ranks: its curve is two straight lines. Problems that a ranker says nothing of are left out of
-- its curve: compare curves of equal problems.
-- Needs: outcome_cells, dim_problem, resampling_unit, hash_uniform
CREATE OR REPLACE MACRO deferral_ranks(strong, weak, of_kind) AS TABLE
WITH pairs AS (
    SELECT
        s.problem_id,
        s.is_simulated OR w.is_simulated AS is_simulated,
        s.score AS strong_score, w.score AS weak_score
    FROM outcome_cells AS s
    JOIN outcome_cells AS w USING (problem_id)
    WHERE s.model_id = strong AND w.model_id = weak
        AND s.score IS NOT NULL AND w.score IS NOT NULL
),

wishes AS (
    SELECT 'chance' AS ranker, problem_id, hash_uniform('chance/' || problem_id) AS wish FROM pairs
    UNION ALL
    SELECT 'oracle', problem_id, strong_score - weak_score FROM pairs
    UNION ALL
    SELECT 'difficulty', problem_id, 1 - pass_rate FROM dim_problem WHERE pass_rate IS NOT NULL
    UNION ALL
    SELECT
        concat('policy ', e.policy, ' ' || e.policy_revision),
        coalesce(e.bank_problem_id, e.problem_id),
        avg((e.selected_model = strong)::INT)
    FROM episodes AS e
    WHERE e.kind = of_kind AND e.selected_model IN (strong, weak) AND e.problem_id IS NOT NULL
    GROUP BY ALL
)

SELECT
    x.ranker, p.is_simulated, p.problem_id, p.strong_score, p.weak_score, x.wish,
    resampling_unit(p.problem_id) AS unit
FROM pairs AS p
JOIN wishes AS x USING (problem_id)
