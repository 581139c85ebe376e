-- What: Accuracy, share solved, cost, reward, failure share, cost utility, cost per solved problem and
-- RouterArena score of every policy and, over the same problems, of the fixed choices of the bank;
-- each with a 95 % interval.
-- Grain: contender, revision, is_simulated, metric.
-- Source: accuracy is the mean score, cost_usd the mean per episode; cost_utility and
-- router_arena_score as their macros; intervals by Poisson bootstrap over problems.
-- Trap: routing_metrics(of_kind := 'evaluate', replicates := 200, seed := 0). Only contenders over the
-- same problems can be compared, see problems; to say that one is better use compare_policies: two
-- intervals that overlap may still differ surely. Policies paid the prices of their menus,
-- while the bank's choices are at list prices.
-- Needs: contender_replicates, cost_utility, router_arena_score, bound
CREATE OR REPLACE MACRO routing_metrics(of_kind := 'evaluate', replicates := 200, seed := 0) AS TABLE
WITH long AS (
    SELECT
        is_baseline, contender, revision, is_simulated, replicate, problems, episodes,
        unnest([
            {'metric': 'accuracy', 'value': accuracy::DOUBLE},
            {'metric': 'solved', 'value': solved::DOUBLE},
            {'metric': 'cost_usd', 'value': cost_usd::DOUBLE},
            {'metric': 'reward', 'value': reward::DOUBLE},
            {'metric': 'failed', 'value': failed::DOUBLE},
            {'metric': 'cost_utility', 'value': cost_utility(accuracy, cost_usd)},
            {'metric': 'usd_per_solved', 'value': cost_usd / nullif(solved, 0)},
            {'metric': 'router_arena_score', 'value': router_arena_score(accuracy, cost_usd)}
        ], recursive := true)
    FROM contender_replicates(of_kind, replicates, seed)
)

SELECT
    is_baseline, contender, revision, is_simulated, metric,
    any_value(value) FILTER (WHERE replicate = 0) AS value,
    bound(value, replicate, 0.025) AS low,
    bound(value, replicate, 0.975) AS high,
    any_value(problems) FILTER (WHERE replicate = 0) AS problems,
    any_value(episodes) FILTER (WHERE replicate = 0) AS episodes
FROM long
GROUP BY is_baseline, contender, revision, is_simulated, metric
HAVING any_value(value) FILTER (WHERE replicate = 0) IS NOT NULL
