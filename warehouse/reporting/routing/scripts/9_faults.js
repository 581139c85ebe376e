"use strict";
// What fails and how long it takes.
function faultsSection(filter) {
  const rows = addUp("call_faults", filter, ["model_id", "error_type"]);
  draw(
    "chart-faults",
    stack(
      rows.map((r) => ({
        name: r.model_id,
        series: r.error_type,
        size: r.calls,
        shown: count(r.calls).text,
        count: count(r.calls).text,
      })),
      "name",
      "size",
    ),
    filter,
  );
  const wanted = new Map(addUp("calls", filter, ["model_id"]).map((r) => [r.model_id, r.wanted]));
  const calls = addUp("call_faults", filter, ["model_id", "status", "error_type"]).sort(
    (a, b) => b.calls - a.calls,
  );
  fillTable(
    "table-call-faults",
    "Calls without an answer",
    [["Model"], ["What"], ["Why"], ["Calls", 1], ["Of its calls", 1], ["Paid all the same", 1]],
    calls.map((r) => [
      words(r.model_id),
      words(r.status),
      words(r.error_type),
      count(r.calls),
      share(over(r.calls, wanted.get(r.model_id))),
      usd(r.cost),
    ]),
  );
  const all = total("episodes", filter).episodes;
  const episodes = addUp("episode_faults", filter, ["mode", "error_type"]).sort(
    (a, b) => b.episodes - a.episodes,
  );
  fillTable(
    "table-episode-faults",
    "Episodes that failed or met a limit",
    [["Why"], ["Ended"], ["Episodes", 1], ["Of all", 1], ["Cost", 1]],
    episodes.map((r) => [
      words(r.error_type),
      words(r.mode),
      count(r.episodes),
      share(over(r.episodes, all)),
      usd(r.cost),
    ]),
  );
}

// The middle of a bin, as the macro latency_seconds has it.
const seconds = (bin) => 0.001 * 1.05 ** (bin + 0.5);

function quantile(bins, part) {
  const all = bins.reduce((sum, b) => sum + b.calls, 0);
  let so_far = 0;
  for (const bin of bins) {
    so_far += bin.calls;
    if (so_far >= part * all) return seconds(bin.bin);
  }
  return null;
}

function latencySection(filter) {
  const models = new Map();
  for (const r of addUp("latency", filter, ["model_id", "bin"])) {
    if (!models.has(r.model_id)) models.set(r.model_id, []);
    models.get(r.model_id).push(r);
  }
  const rows = [...models].map(([name, bins]) => ({
    name,
    n: bins.reduce((sum, b) => sum + b.calls, 0),
    quantiles: [0.5, 0.95, 0.99].map((part) => quantile(bins, part)),
  }));
  rows.sort((a, b) => b.quantiles[1] - a.quantiles[1]);
  draw(
    "chart-latency",
    rows.map((r) => ({
      name: r.name,
      low: r.quantiles[0],
      middle: r.quantiles[1],
      high: r.quantiles[2],
      p50: number(r.quantiles[0]).text,
      p95: number(r.quantiles[1]).text,
      p99: number(r.quantiles[2]).text,
      count: count(r.n).text,
    })),
    filter,
  );
  fillTable(
    "table-latency",
    "Seconds of an answered call",
    [["Model"], ["Calls", 1], ["Half take up to", 1], ["95 %", 1], ["99 %", 1]],
    rows.map((r) => [words(r.name), count(r.n), ...r.quantiles.map((q) => number(q))]),
  );
  const { unit, periods } = tables.latency;
  const touched = periods.filter(([from, until]) => until > filter.from && from < filter.until);
  const coarser = unit !== tables.episodes.unit && touched.length > 0;
  say(
    "latency-range",
    coarser
      ? `Counted by whole ${unit}s here: ${span([touched[0][0], touched[touched.length - 1][1]])}.`
      : "",
  );
}
