"use strict";
// How cost, right answers and failures went over time.
function trends(filter) {
  const every = addUp("episodes", filter, ["period"]);
  const costs = every.map((r) => {
    const usd_each = mean(r.cost, r.episodes);
    return point(r.period, usd_each, [usd_each, usd_each], r.episodes, dollars(usd_each));
  });
  draw("chart-trend-cost", costs, filter);
  const judged = addUp("judged", filter, ["period"]).filter((r) => r.judged > 0);
  const right = judged.map((r) => sharePoint(r.period, r.correct, r.judged));
  draw("chart-trend-accuracy", right, filter);
  const ends = addUp("episodes", filter, ["period", "mode"]);
  const failed = new Map(
    ends.filter((r) => r.mode === "failed").map((r) => [r.period, r.episodes]),
  );
  const failures = every.map((r) => sharePoint(r.period, failed.get(r.period) || 0, r.episodes));
  draw("chart-trend-failed", failures, filter);
}

function sharePoint(period, hits, n) {
  return point(period, hits / n, wilson(hits, n), n, share(hits / n));
}

function point(period, value, [low, high], n, figure) {
  const time = tables.episodes.periods[period];
  const shown = { period: span(time), shown: show(figure), count: count(n).text };
  return { from: Date.parse(time[0]), value, low, high, ...shown };
}
