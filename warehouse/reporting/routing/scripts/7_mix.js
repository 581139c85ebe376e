"use strict";
// Who is asked: shares of models by tier of the problem, and how episodes end.
function shares(name, of, series, measure, filter) {
  const rows = addUp(name, filter, [of, series]);
  const sums = new Map();
  for (const r of rows) sums.set(r[of], (sums.get(r[of]) || 0) + r[measure]);
  return stack(
    rows
      .filter((r) => sums.get(r[of]) > 0)
      .map((r) => ({
        name: r[of],
        series: r[series],
        size: r[measure] / sums.get(r[of]),
        share: show(share(r[measure] / sums.get(r[of]))),
        count: count(r[measure]).text,
      })),
    "name",
    "size",
  );
}

function mixSection(filter) {
  draw("chart-mix-models", shares("calls", "tier", "model_id", "made", filter), filter);
  draw("chart-mix-modes", shares("episodes", "policy", "mode", "episodes", filter), filter);
  const whole = total("calls", filter);
  const models = addUp("calls", filter, ["model_id"]).sort((a, b) => b.made - a.made);
  const row = (name, r) => [
    words(name),
    count(r.made),
    share(over(r.made, whole.made)),
    usd(r.cost),
    share(over(r.cost, whole.cost)),
    count(r.input_tokens),
    count(r.output_tokens),
    share(over(r.cost, r.list_cost)),
  ];
  const rows = models.map((r) => row(r.model_id, r));
  if (rows.length > 1) rows.push(row("all", whole));
  fillTable(
    "table-models",
    "Calls by model",
    [
      ["Model"],
      ["Calls made", 1],
      ["Share", 1],
      ["Paid", 1],
      ["Share of cost", 1],
      ["Tokens in", 1],
      ["Tokens out", 1],
      ["Paid of list", 1],
    ],
    rows,
  );
  const tiers = addUp("calls", filter, ["tier", "model_id"]).filter((r) => r.made > 0);
  fillTable(
    "table-tiers",
    "Calls by tier of the problem and model",
    [["Tier"], ["Model"], ["Calls made", 1], ["Paid", 1]],
    tiers.map((r) => [words(r.tier), words(r.model_id), count(r.made), usd(r.cost)]),
  );
  const modes = addUp("episodes", filter, ["policy", "mode"]);
  fillTable(
    "table-modes",
    "How episodes end, by policy",
    [["Policy"], ["Mode"], ["Episodes", 1], ["Cost", 1]],
    modes.map((r) => [words(r.policy), words(r.mode), count(r.episodes), usd(r.cost)]),
  );
}
