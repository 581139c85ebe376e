"use strict";
// What it cost: tiles, cost over time, and tables by policy and by model.
function summary(filter) {
  const episodes = total("episodes", filter);
  const failed = addUp("episodes", filter, ["mode"]).find((row) => row.mode === "failed");
  const judged = total("judged", filter),
    calls = total("calls", filter);
  const n = episodes.episodes;
  fillTiles("tiles-episodes", [
    ["episodes", "episodes", count(n)],
    ["cost", "cost", usd(episodes.cost)],
    ["cost-per-episode", "an episode", dollars(mean(episodes.cost, n))],
    [
      "accuracy",
      "right answers",
      {
        ...share(over(judged.correct, judged.judged)),
        more: judged.judged ? ` of ${count(judged.judged).text}` : "",
      },
    ],
    ["failed", "failed episodes", share(over(failed ? failed.episodes : 0, n))],
    ["router-share", "cost of deciding", share(over(episodes.router_cost, episodes.cost))],
  ]);
  fillTiles("tiles-calls", [
    ["calls", "calls made", count(calls.made)],
    ["spend", "paid to models", usd(calls.cost)],
    ["of-list", "of list prices", share(over(calls.cost, calls.list_cost))],
    ["failed-calls", "of calls unanswered", share(over(calls.made - calls.ok, calls.made))],
    ["retried", "of calls retried", share(over(calls.retried, calls.made))],
    ["seconds", "seconds a call", number(over(calls.seconds / 1000, calls.ok))],
  ]);
}

// Cost by period and series as bars.
function overTime(name, key, counted, filter) {
  const { periods } = tables[name];
  const rows = addUp(name, filter, ["period", key]).map((row) => ({
    series: row[key],
    at: row.period,
    size: Number(row.cost) / NANO,
    usd: show(usd(row.cost)),
    count: count(row[counted]).text,
    period: span(periods[row.period]),
    from: Date.parse(periods[row.period][0]),
    until: Date.parse(periods[row.period][1]),
  }));
  return stack(rows, "at", "size");
}

function costSection(filter) {
  draw("chart-cost", overTime("episodes", "policy", "episodes", filter), filter);
  draw("chart-spend", overTime("calls", "model_id", "made", filter), filter);
  const policies = addUp("episodes", filter, ["policy", "kind"]);
  const whole = total("episodes", filter);
  const row = (name, kind, r) => [
    words(name),
    words(kind),
    count(r.episodes),
    usd(r.cost),
    usd(r.router_cost),
    usd(r.list_cost),
    dollars(mean(r.cost, r.episodes)),
    number(over(r.calls, r.episodes)),
    number(over(r.seconds / 1000, r.episodes)),
  ];
  const rows = policies.map((r) => row(r.policy, r.kind, r));
  if (rows.length > 1) rows.push(row("all", "", whole));
  fillTable(
    "table-cost",
    "Cost by policy and kind",
    [
      ["Policy"],
      ["Kind"],
      ["Episodes", 1],
      ["Cost", 1],
      ["Of it deciding", 1],
      ["Calls at list prices", 1],
      ["An episode", 1],
      ["Calls an episode", 1],
      ["Seconds", 1],
    ],
    rows,
  );
  const periods = addUp("episodes", filter, ["period"]).map((r) => [
    words(span(tables.episodes.periods[r.period])),
    count(r.episodes),
    usd(r.cost),
    dollars(mean(r.cost, r.episodes)),
  ]);
  fillTable(
    "table-periods",
    `Cost by ${tables.episodes.unit}`,
    [["Time, UTC"], ["Episodes", 1], ["Cost", 1], ["An episode", 1]],
    periods,
  );
}
