"use strict";
// Was it worth it: policies against what the outcome bank says of fixed choices, and regret.
const BASELINES = {
  oracle: "oracle",
  best_single: "best single model",
  cheapest: "cheapest model",
  random: "any model at random",
  single: "one model",
};

function policyPoints(filter) {
  return addUp("judged", filter, ["policy", "kind"])
    .filter((r) => r.judged > 0)
    .map((r) => {
      const [low, high] = wilson(r.correct, r.judged);
      return {
        name: r.policy,
        kind: r.kind,
        role: "policy",
        accuracy: r.correct / r.judged,
        low,
        high,
        usd: mean(r.cost, r.judged),
        problems: r.judged,
        cost: r.cost,
      };
    });
}

function bankPoints(filter) {
  const bank = facts.baselines.filter(
    (b) => b.is_simulated === filter.simulated && b.data_source === filter.set,
  );
  // The best and the cheapest single model are shown once.
  const named = bank
    .filter((b) => ["best_single", "cheapest"].includes(b.baseline))
    .map((b) => b.model_id);
  return bank
    .filter((b) => !(b.baseline === "single" && named.includes(b.model_id)))
    .map((b) => {
      const [low, high] =
        b.baseline === "random" ? [null, null] : wilson(b.accuracy * b.problems, b.problems);
      return {
        name: b.model_id || BASELINES[b.baseline],
        kind: "bank",
        role: BASELINES[b.baseline],
        accuracy: b.accuracy,
        low,
        high,
        usd: b.mean_cost_usd === null ? null : Number(b.mean_cost_usd),
        problems: b.problems,
      };
    });
}

// The oracle cannot be had, so it is on no step.
function markSteps(points) {
  let best = -1;
  const inOrder = points
    .filter((p) => p.usd > 0)
    .sort((a, b) => a.usd - b.usd || b.accuracy - a.accuracy);
  for (const point of inOrder) {
    point.step =
      point.role !== "oracle" && point.role !== "any model at random" && point.accuracy > best;
    if (point.step) best = point.accuracy;
  }
  return inOrder;
}

function frontierSection(filter) {
  const points = [...policyPoints(filter), ...bankPoints(filter)];
  const drawn = markSteps(points).map((p) => ({
    ...p,
    label: p.role === "one model" && !p.step ? "" : p.name,
    shown_accuracy: show(share(p.accuracy)),
    shown_usd: show(dollars(p.usd)),
  }));
  draw("chart-frontier", drawn, filter);
  const rows = points.map((p) => [
    { ...words(p.name), badge: filter.simulated ? "simulated" : "" },
    words(p.kind === "bank" ? `bank: ${p.role}` : p.kind),
    share(p.accuracy),
    words(p.low === null ? DASH : `${show(share(p.low))} to ${show(share(p.high))}`),
    dollars(p.usd),
    dollars(p.usd === null || p.accuracy === 0 ? null : p.usd / p.accuracy),
    count(p.problems),
    words(p.step ? "yes" : ""),
  ]);
  fillTable(
    "table-frontier",
    "Quality and cost",
    [
      ["Who"],
      ["Measured in"],
      ["Right", 1],
      ["95 % interval", 1],
      ["USD a problem", 1],
      ["USD a right answer", 1],
      ["Problems", 1],
      ["On the frontier"],
    ],
    rows,
    "No episode of the selection was graded, and there is no outcome bank.",
  );
}

function regretSection(filter) {
  const by = addUp("regret", filter, ["policy", "tier"]);
  draw(
    "chart-regret",
    by.map((r) => ({
      name: r.policy,
      series: r.tier,
      low: 0,
      high: r.regret / 1e6 / r.decisions,
      shown: number(r.regret / 1e6 / r.decisions, 4).text,
      count: count(r.decisions).text,
    })),
    filter,
  );
  const row = (policy, tier, r) => [
    words(policy),
    words(tier),
    count(r.decisions),
    number(over(r.regret / 1e6, r.decisions), 4),
    share(over(r.score / 1e6, r.decisions)),
    share(over(r.oracle_score / 1e6, r.decisions)),
    usd(r.cost),
    usd(r.extra),
  ];
  const rows = by.map((r) => row(r.policy, r.tier, r));
  if (rows.length > 1) rows.push(row("all", "all", total("regret", filter)));
  fillTable(
    "table-regret",
    "Regret by policy and tier of the problem",
    [
      ["Policy"],
      ["Tier"],
      ["Decisions", 1],
      ["Mean regret", 1],
      ["Right", 1],
      ["Oracle right", 1],
      ["Cost", 1],
      ["More than the oracle's", 1],
    ],
    rows,
    NO_BANK,
  );
  faultsOfRouting(filter);
}

const NO_BANK =
  "No decision of the selection is on a problem of the outcome bank: xrouter load --outcomes loads one.";

function faultsOfRouting(filter) {
  const models = new Map();
  for (const r of addUp("routing_faults", filter, ["model_id", "fault"])) {
    const m = models.get(r.model_id) || {
      n: 0,
      best: 0,
      over: 0,
      under: 0,
      crossed: 0,
      hopeless: 0,
      lost: 0n,
      wasted: 0n,
    };
    m[r.fault] += r.decisions;
    models.set(r.model_id, {
      ...m,
      n: m.n + r.decisions,
      lost: m.lost + r.over,
      wasted: m.wasted + r.under,
    });
  }
  const rows = [...models].map(([name, m]) => [
    words(name),
    count(m.n),
    share(over(m.best, m.n)),
    share(over(m.over, m.n)),
    usd(m.lost),
    share(over(m.under, m.n)),
    usd(m.wasted),
    share(over(m.crossed, m.n)),
    share(over(m.hopeless, m.n)),
  ]);
  fillTable(
    "table-faults-of-routing",
    "Replies returned word for word, by model",
    [
      ["Model"],
      ["Decisions", 1],
      ["Best choice", 1],
      ["A cheaper one was right, too", 1],
      ["Lost by it", 1],
      ["A dearer one was right", 1],
      ["Paid for wrong answers", 1],
      ["Only one no dearer was right", 1],
      ["None was right", 1],
    ],
    rows,
    NO_BANK,
  );
}
