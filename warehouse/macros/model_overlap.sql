-- What: How often two models of the outcome bank are right on the same problems: both, either, only
-- the one, only the other.
-- Grain: is_simulated, data_source; 'all' is every set together.
-- Source: RouteLLM (arXiv 2406.18665): what only the strong model solves is what a router is paid for.
-- Trap: model_overlap('strong', 'weak'). Over problems that both answered; shares of right answers
-- (solved), which with several samples are means of products as if samples were independent.
-- Needs: outcome_cells
CREATE OR REPLACE MACRO model_overlap(strong, weak) AS TABLE
SELECT
    if(grouping(a.data_source) = 1, 'all', a.data_source) AS data_source,
    a.is_simulated OR b.is_simulated AS is_simulated,
    count(*) AS problems,
    avg(a.solved) AS strong_right,
    avg(b.solved) AS weak_right,
    avg(a.solved * b.solved) AS both_right,
    avg(1 - (1 - a.solved) * (1 - b.solved)) AS either_right,
    avg(a.solved * (1 - b.solved)) AS only_strong_right,
    avg(b.solved * (1 - a.solved)) AS only_weak_right
FROM outcome_cells AS a
JOIN outcome_cells AS b USING (problem_id)
WHERE a.model_id = strong AND b.model_id = weak AND a.solved IS NOT NULL AND b.solved IS NOT NULL
GROUP BY GROUPING SETS (
    (a.data_source, a.is_simulated OR b.is_simulated), (a.is_simulated OR b.is_simulated)
)
