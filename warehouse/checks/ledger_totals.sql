-- What: The costs of an episode do not add up: its total is not router plus calls, or its calls are
-- not the sum of their rows.
-- Trap: Each figure was rounded to a billionth of a dollar on its own; so much is let through.
SELECT
    e.run_id AS build_id, e.episode_id AS key,
    'total ' || e.total_cost_usd || ', router ' || e.router_cost_usd || ', calls ' || e.calls_cost_usd
    || ', their rows ' || coalesce(c.cost_usd, 0) AS detail
FROM episodes AS e
LEFT JOIN (
    SELECT episode_id, sum(cost_usd) AS cost_usd, count(*) AS calls FROM calls GROUP BY episode_id
) AS c USING (episode_id)
WHERE abs(e.total_cost_usd - e.router_cost_usd - e.calls_cost_usd) > 0.000000002
    OR abs(e.calls_cost_usd - coalesce(c.cost_usd, 0)) > 0.000000001 * (coalesce(c.calls, 0) + 1)
