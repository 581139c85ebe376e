-- What: What another policy would have come to on the requests of a logged one, without playing it:
-- inverse propensity score (ips), self-normalised (snips), the reward model alone (direct) and doubly
-- robust (dr), each with a 95 % interval; or, in every row, the reason why there is no estimate.
-- Grain: is_simulated, estimator.
-- Source: IPS: Horvitz and Thompson 1952; SNIPS: Swaminathan and Joachims 2015; DR: Dudik, Langford and
-- Li 2011. The reward model is the mean of an action within a tier over the other half of the problems
-- (cross-fitting, Chernozhukov et al. 2018). Poisson bootstrap over problems.
-- Trap: off_policy('logger', 'target', of_kind := 'evaluate', measure := 'score', replicates := 200,
-- seed := 0). target is a policy that decided on the same problems, 'always:MODEL' (on the menus that
-- have it) or 'uniform'. Refused, with a reason, where a propensity is missing, not above 0 or above 1,
-- or where the target calls models that the logger never did: NULL is no zero. Only the first call of
-- an episode is the action. Look at effective_n: weights of few episodes carry all if it is small.
-- Needs: logged_decisions, bootstrap_weights, bound
CREATE OR REPLACE MACRO off_policy(
    logger, target, of_kind := 'evaluate', measure := 'score', replicates := 200, seed := 0
) AS TABLE
WITH logged AS (
    -- What a target decides by: a rule by the menu alone, a policy by the problem it was asked.
    SELECT
        *, unit % 2 AS fold,
        if(target = 'uniform' OR starts_with(target, 'always:'), catalog_id, problem_id) AS context
    FROM logged_decisions(logger, of_kind, measure)
),

menus AS (
    SELECT DISTINCT catalog_id AS context, offered FROM logged
),

theirs AS (
    SELECT problem_id, action, count(*) / sum(count(*)) OVER (PARTITION BY problem_id) AS chance
    FROM logged_decisions(target, of_kind, 'cost_usd')
    WHERE problem_id IS NOT NULL
    GROUP BY problem_id, action
),

wanted AS (
    SELECT problem_id AS context, action, chance
    FROM theirs
    WHERE NOT (target = 'uniform' OR starts_with(target, 'always:'))
    UNION ALL
    SELECT context, target[8:], 1 FROM menus
    WHERE starts_with(target, 'always:') AND list_contains(offered, target[8:])
    UNION ALL
    SELECT context, unnest(offered), 1 / len(offered) FROM menus WHERE target = 'uniform'
),

covered AS (SELECT * FROM logged WHERE context IN (SELECT context FROM wanted)),

refusals AS (
    SELECT
        g.is_simulated,
        CASE
            WHEN count(l.episode_id) = 0
                THEN 'policy ' || logger || ' has no episodes of kind ' || of_kind
                    || ' with a ' || measure || ' for which ' || target || ' decides'
            WHEN count(*) FILTER (WHERE l.propensity IS NULL) > 0
                THEN count(*) FILTER (WHERE l.propensity IS NULL) || ' of ' || count(*)
                    || ' episodes have no propensity: log it when deciding'
            WHEN count(*) FILTER (WHERE NOT (l.propensity > 0 AND l.propensity <= 1)) > 0
                THEN count(*) FILTER (WHERE NOT (l.propensity > 0 AND l.propensity <= 1)) || ' of '
                    || count(*) || ' propensities are not above 0 and up to 1'
            WHEN any_value(x.models) IS NOT NULL
                THEN 'no support: ' || target || ' takes ' || any_value(x.models) || ', which '
                    || logger || ' never called'
        END AS reason
    FROM (SELECT DISTINCT is_simulated FROM logged UNION ALL
        SELECT false WHERE NOT EXISTS (FROM logged)) AS g
    LEFT JOIN covered AS l ON l.is_simulated = g.is_simulated
    LEFT JOIN (
        SELECT c.is_simulated, string_agg(DISTINCT w.action, ', ' ORDER BY w.action) AS models
        FROM (SELECT DISTINCT is_simulated, context FROM covered) AS c
        JOIN wanted AS w USING (context)
        ANTI JOIN covered AS d ON d.action = w.action AND d.is_simulated = c.is_simulated
        WHERE w.chance > 0
        GROUP BY c.is_simulated
    ) AS x ON x.is_simulated = g.is_simulated
    GROUP BY g.is_simulated
),

usable AS (
    SELECT c.*
    FROM covered AS c
    JOIN refusals AS r ON r.is_simulated = c.is_simulated AND r.reason IS NULL
),

learned AS (
    SELECT
        is_simulated, 1 - unit % 2 AS fold,
        if(grouping(action) = 1, NULL, action) AS action,
        if(grouping(tier) = 1, NULL, tier) AS tier,
        avg(value) AS mean
    FROM usable
    GROUP BY GROUPING SETS (
        (is_simulated, unit % 2, action, tier), (is_simulated, unit % 2, action),
        (is_simulated, unit % 2)
    )
),

guesses AS (
    SELECT
        u.is_simulated, u.fold, u.tier, u.context, w.action, w.chance,
        coalesce(exactly.mean, roughly.mean, anyhow.mean, 0) AS guess
    FROM (SELECT DISTINCT is_simulated, fold, tier, context FROM usable) AS u
    JOIN wanted AS w USING (context)
    LEFT JOIN learned AS exactly
        ON exactly.is_simulated = u.is_simulated AND exactly.fold = u.fold
        AND exactly.action = w.action AND exactly.tier = u.tier
    LEFT JOIN learned AS roughly
        ON roughly.is_simulated = u.is_simulated AND roughly.fold = u.fold
        AND roughly.action = w.action AND roughly.tier IS NULL
    LEFT JOIN learned AS anyhow
        ON anyhow.is_simulated = u.is_simulated AND anyhow.fold = u.fold
        AND anyhow.action IS NULL
),

directs AS (
    SELECT is_simulated, fold, tier, context, sum(chance * guess) AS direct
    FROM guesses
    GROUP BY is_simulated, fold, tier, context
),

terms AS (
    SELECT
        u.is_simulated, u.unit, u.value,
        coalesce(g.chance, 0) / u.propensity AS weight,
        d.direct,
        g.guess
    FROM usable AS u
    JOIN directs AS d USING (is_simulated, fold, tier, context)
    LEFT JOIN guesses AS g USING (is_simulated, fold, tier, context, action)
),

units AS (
    SELECT
        is_simulated, unit,
        count(*) AS n,
        sum(weight) AS weights,
        sum(weight * weight) AS squares,
        max(weight) AS heaviest,
        sum(value) AS value_sum,
        sum(weight * value) AS ips_sum,
        sum(direct) AS direct_sum,
        sum(direct + weight * (value - coalesce(guess, 0))) AS dr_sum
    FROM terms
    GROUP BY is_simulated, unit
),

replicated AS (
    SELECT
        u.is_simulated, b.replicate,
        sum(b.weight * u.n)::BIGINT AS episodes,
        pow(sum(b.weight * u.weights), 2) / nullif(sum(b.weight * u.squares), 0) AS effective_n,
        max(u.heaviest) AS heaviest,
        unnest([
            {'estimator': 'logged', 'value': sum(b.weight * u.value_sum) / sum(b.weight * u.n)},
            {'estimator': 'ips', 'value': sum(b.weight * u.ips_sum) / sum(b.weight * u.n)},
            {'estimator': 'snips', 'value':
                sum(b.weight * u.ips_sum) / nullif(sum(b.weight * u.weights), 0)},
            {'estimator': 'direct', 'value': sum(b.weight * u.direct_sum) / sum(b.weight * u.n)},
            {'estimator': 'dr', 'value': sum(b.weight * u.dr_sum) / sum(b.weight * u.n)}
        ], recursive := true)
    FROM units AS u
    JOIN bootstrap_weights(replicates, seed) AS b USING (unit)
    GROUP BY u.is_simulated, b.replicate
),

estimates AS (
    SELECT
        is_simulated, estimator,
        any_value(value) FILTER (WHERE replicate = 0) AS value,
        bound(value, replicate, 0.025) AS low,
        bound(value, replicate, 0.975) AS high,
        any_value(episodes) FILTER (WHERE replicate = 0) AS episodes,
        any_value(effective_n) FILTER (WHERE replicate = 0) AS effective_n,
        any_value(heaviest) FILTER (WHERE replicate = 0) AS heaviest_weight
    FROM replicated
    GROUP BY is_simulated, estimator
)

SELECT
    r.is_simulated, n.estimator, e.value, e.low, e.high, e.episodes, e.effective_n,
    e.heaviest_weight, r.reason
FROM refusals AS r
CROSS JOIN (
    SELECT unnest(['logged', 'ips', 'snips', 'direct', 'dr']) AS estimator
) AS n
LEFT JOIN estimates AS e ON e.is_simulated = r.is_simulated AND e.estimator = n.estimator
