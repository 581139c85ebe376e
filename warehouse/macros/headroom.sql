-- What: Headroom captured by every policy on the problems that the outcome bank knows, with a 95 %
-- interval, and the three accuracies it is made of.
-- Grain: contender, revision, is_simulated.
-- Source: headroom_captured; best single model in hindsight over the policy's own problems; Poisson
-- bootstrap over problems.
-- Trap: headroom(of_kind := 'evaluate', replicates := 200, seed := 0). Best single and oracle are over all
-- models of the bank, on the menu or not; the best single model is chosen once, not in every
-- replicate. Problems without an answer of that model are left out of all three.
-- Needs: contender_problems, bank_choices, resampling_unit, bootstrap_weights, headroom_captured, bound
CREATE OR REPLACE MACRO headroom(of_kind := 'evaluate', replicates := 200, seed := 0) AS TABLE
WITH played AS (
    SELECT
        c.contender, c.revision, c.is_simulated, c.problem_id, c.episodes, c.score, s.model_id,
        s.score AS single_score, s.oracle_score
    FROM contender_problems AS c
    JOIN bank_choices AS s ON s.problem_id = c.problem_id AND s.is_simulated = c.is_simulated
    WHERE c.kind = of_kind AND of_kind <> 'bank' AND s.choice = 'single'
        AND s.score IS NOT NULL
),

singles AS (
    SELECT
        contender, revision, is_simulated, model_id,
        count(*) AS problems,
        sum(single_score * episodes) / sum(episodes) AS accuracy
    FROM played
    GROUP BY contender, revision, is_simulated, model_id
),

best AS (
    SELECT contender, revision, is_simulated, model_id
    FROM (
        SELECT *, max(problems) OVER (PARTITION BY contender, revision, is_simulated) AS most
        FROM singles
    )
    WHERE problems >= 0.9 * most
    QUALIFY row_number() OVER (
        PARTITION BY contender, revision, is_simulated ORDER BY accuracy DESC, model_id
    ) = 1
),

units AS (
    SELECT
        p.contender, p.revision, p.is_simulated, p.model_id, resampling_unit(p.problem_id) AS unit,
        count(*) AS problems, sum(p.episodes) AS episodes, sum(p.score) AS score,
        sum(p.single_score * p.episodes) AS single_score,
        sum(p.oracle_score * p.episodes) AS oracle_score
    FROM played AS p
    JOIN best AS b
        ON b.contender = p.contender AND b.revision IS NOT DISTINCT FROM p.revision
        AND b.is_simulated = p.is_simulated AND b.model_id = p.model_id
    GROUP BY ALL
),

replicated AS (
    SELECT
        u.contender, u.revision, u.is_simulated, u.model_id, w.replicate,
        sum(w.weight * u.problems)::BIGINT AS problems,
        sum(w.weight * u.score) / sum(w.weight * u.episodes) AS router,
        sum(w.weight * u.single_score) / sum(w.weight * u.episodes) AS best_single,
        sum(w.weight * u.oracle_score) / sum(w.weight * u.episodes) AS oracle
    FROM units AS u
    JOIN bootstrap_weights(replicates, seed) AS w USING (unit)
    GROUP BY ALL
)

SELECT
    contender, revision, is_simulated,
    model_id AS best_single_model,
    any_value(problems) FILTER (WHERE replicate = 0) AS problems,
    any_value(router) FILTER (WHERE replicate = 0) AS accuracy,
    any_value(best_single) FILTER (WHERE replicate = 0) AS best_single,
    any_value(oracle) FILTER (WHERE replicate = 0) AS oracle,
    any_value(headroom_captured(router, best_single, oracle)) FILTER (WHERE replicate = 0) AS captured,
    bound(headroom_captured(router, best_single, oracle), replicate, 0.025) AS low,
    bound(headroom_captured(router, best_single, oracle), replicate, 0.975) AS high
FROM replicated
GROUP BY contender, revision, is_simulated, model_id
