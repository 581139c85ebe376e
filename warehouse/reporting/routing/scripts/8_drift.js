"use strict";
// What changed: the last periods of the selection against as many before them.
const WINDOW = { day: 7, week: 4, month: 3, quarter: 2, year: 2 };
const FEWEST = 2; // periods on each side

// For each period: top and bottom of a ratio, and independent units. Calls of one episode hang
// together, so no more units count than there are episodes.
function series(measure, filter, units) {
  const found = new Map();
  for (const r of addUp(measure.table, filter, ["period", ...(measure.key ? [measure.key] : [])])) {
    const p = found.get(r.period) || { top: 0, bottom: 0, units: units.get(r.period) || 0 };
    if (!measure.key || r[measure.key] === measure.value) p.top += Number(measure.top(r));
    p.bottom += measure.bottom(r);
    found.set(r.period, p);
  }
  return found;
}

function measures(filter) {
  const modes = facts.members.mode.map((mode) => ({
    label: `Episodes: ${mode}`,
    share: true,
    table: "episodes",
    key: "mode",
    value: mode,
    top: (r) => r.episodes,
    bottom: (r) => r.episodes,
  }));
  const models = addUp("calls", filter, ["model_id"])
    .filter((r) => r.made > 0)
    .sort((a, b) => b.made - a.made)
    .map((r) => ({
      label: `Calls of ${r.model_id}`,
      share: true,
      table: "calls",
      key: "model_id",
      value: r.model_id,
      top: (c) => c.made,
      bottom: (c) => c.made,
    }));
  return [
    {
      label: "Cost of an episode",
      show: dollars,
      table: "episodes",
      top: (r) => Number(r.cost) / NANO,
      bottom: (r) => r.episodes,
    },
    {
      label: "Calls of an episode",
      show: number,
      table: "episodes",
      top: (r) => r.calls,
      bottom: (r) => r.episodes,
    },
    {
      label: "Seconds of an episode",
      show: number,
      table: "episodes",
      top: (r) => r.seconds / 1000,
      bottom: (r) => r.episodes,
    },
    {
      label: "Seconds of an answered call",
      show: number,
      table: "calls",
      top: (r) => r.seconds / 1000,
      bottom: (r) => r.ok,
    },
    {
      label: "Tokens written in a call",
      show: number,
      table: "calls",
      top: (r) => r.output_tokens,
      bottom: (r) => r.ok,
    },
    {
      label: "Right answers",
      share: true,
      table: "judged",
      top: (r) => r.correct,
      bottom: (r) => r.judged,
    },
    {
      label: "Calls unanswered",
      share: true,
      table: "calls",
      top: (r) => r.made - r.ok,
      bottom: (r) => r.made,
    },
    {
      label: "Calls retried",
      share: true,
      table: "calls",
      top: (r) => r.retried,
      bottom: (r) => r.made,
    },
    ...modes,
    ...(filter.model_id === null ? models : []),
  ];
}

// Both windows as lists of periods of time, or null where there are too few.
function windows(filter) {
  const { periods, unit } = tables.episodes;
  const inRange = periods
    .map((p, i) => i)
    .filter((i) => periods[i][1] > filter.from && periods[i][0] < filter.until);
  const used = new Set(addUp("episodes", filter, ["period"]).map((r) => r.period));
  if (used.size === 0) return null;
  const last = Math.max(...used),
    size = WINDOW[unit];
  const step = (i) =>
    Math.round((Date.parse(periods[last][0]) - Date.parse(periods[i][0])) / LENGTH[unit]);
  const now = inRange.filter((i) => used.has(i) && step(i) >= 0 && step(i) < size);
  const before = inRange.filter((i) => used.has(i) && step(i) >= size && step(i) < 2 * size);
  return now.length >= FEWEST && before.length >= FEWEST ? { before, now } : null;
}
const LENGTH = { day: 864e5, week: 6048e5, month: 2629.8e6, quarter: 7889.4e6, year: 31557.6e6 };

function driftSection(filter) {
  trends(filter);
  const { unit, periods } = tables.episodes;
  const found = windows(filter);
  if (found === null) {
    draw("chart-drift", [], filter);
    say("drift-windows", "");
    fillTable(
      "table-drift",
      "",
      [],
      [],
      `The selection has too few ${unit}s to tell change from chance: it takes ${FEWEST} with episodes in the last ${WINDOW[unit]} and ${FEWEST} in the ${WINDOW[unit]} before.`,
    );
    return;
  }
  const units = new Map(addUp("episodes", filter, ["period"]).map((r) => [r.period, r.episodes]));
  const list = measures(filter);
  const part = (found, ids) => ids.map((i) => found.get(i)).filter((p) => p && p.bottom > 0);
  const rows = [];
  for (const measure of list) {
    const found_ = series(measure, filter, units);
    const [before, now] = [part(found_, found.before), part(found_, found.now)];
    if (before.length < FEWEST || now.length < FEWEST) continue;
    const moved = changed(before, now, measure.share, list.length);
    if (moved !== null && !(moved.before.value === 0 && moved.now.value === 0))
      rows.push({ measure, moved });
  }
  const ends = (ids) => span([periods[ids[0]][0], periods[ids[ids.length - 1]][1]]);
  say("drift-windows", `${ends(found.now)} against ${ends(found.before)}.`);
  drawDrift(rows, filter);
}

function drawDrift(rows, filter) {
  const shown = (measure, value) => (measure.share ? share(value) : measure.show(value));
  const interval = ({ measure, moved }) =>
    measure.share
      ? `${show(change(moved.low))} to ${show(change(moved.high))}`
      : `${show(measure.show(moved.low))} to ${show(measure.show(moved.high))}`;
  draw(
    "chart-drift",
    rows
      .filter((r) => r.measure.share)
      .map((r) => ({
        name: r.measure.label,
        low: r.moved.low,
        high: r.moved.high,
        middle: r.moved.difference,
        verdict: r.moved.verdict,
        before: show(share(r.moved.before.value)),
        now: show(share(r.moved.now.value)),
        change: show(change(r.moved.difference)),
        interval: interval(r),
      })),
    filter,
  );
  fillTable(
    "table-drift",
    "What changed",
    [
      ["Figure"],
      ["Before", 1],
      ["Now", 1],
      ["Change", 1],
      ["Its interval", 1],
      ["Of", 1],
      ["Verdict"],
    ],
    rows.map((r) => [
      words(r.measure.label),
      shown(r.measure, r.moved.before.value),
      shown(r.measure, r.moved.now.value),
      r.measure.share ? change(r.moved.difference) : r.measure.show(r.moved.difference),
      words(interval(r)),
      count(Math.round(r.moved.before.bottom + r.moved.now.bottom)),
      words(r.moved.verdict),
    ]),
  );
}
