"use strict";
// The filters: what the form says, as dates, kinds and names; and the page drawn anew.
const form = document.getElementById("filters");
const known = tables.episodes.periods;
const { first: FIRST, last: LAST } = facts;
const DAY = 864e5;

const plus = (iso, days) => new Date(Date.parse(iso) + days * DAY).toISOString().slice(0, 10);

const latest = (a, b) => (a > b ? a : b);
const earliest = (a, b) => (a < b ? a : b);

// Dates are taken to whole periods: what a period holds cannot be told apart.
function readFilter() {
  const value = (name) => form.elements[name].value;
  const from = value("from") || FIRST,
    to = value("to") || LAST;
  const within = known.filter(([a, b]) => b > from && a <= to);
  const checked = [...form.querySelectorAll("[name=kind]:checked")].map((box) => box.value);
  return {
    from: within.length ? within[0][0] : from,
    until: within.length ? within[within.length - 1][1] : plus(to, 1),
    kinds: checked,
    policy: value("policy") === "" ? null : facts.members.policy[Number(value("policy"))],
    model_id: value("model") === "" ? null : facts.members.model_id[Number(value("model"))],
    simulated: value("simulated") === "1",
    set: value("set"),
  };
}

function tell(filter) {
  const n = total("episodes", filter).episodes;
  const parts = [
    `${count(n).text} episode${n === 1 ? "" : "s"}`,
    span([latest(filter.from, FIRST), earliest(filter.until, plus(LAST, 1))]),
  ];
  if (tables.episodes.unit !== "day") parts.push(`whole ${tables.episodes.unit}s`);
  parts.push(filter.kinds.join(" and ") || "no kind chosen");
  if (filter.policy !== null) parts.push(`policy ${filter.policy}`);
  if (filter.model_id !== null) parts.push(`model ${filter.model_id}`);
  say("status", parts.join(", ") + (filter.simulated ? " (simulated)" : ""));
}

const SECTIONS = [
  summary,
  costSection,
  frontierSection,
  regretSection,
  mixSection,
  driftSection,
  faultsSection,
  latencySection,
];

function update() {
  const filter = readFilter();
  document.body.dataset.drawn = "no";
  document.body.classList.toggle("simulated", filter.simulated);
  tell(filter);
  for (const section of SECTIONS) section(filter);
  return Promise.all(drawing.splice(0)).then(() => {
    document.body.dataset.drawn = "yes";
  });
}

function lastDays(days) {
  form.elements.from.value = days ? latest(plus(LAST, 1 - days), FIRST) : FIRST;
  form.elements.to.value = LAST;
  update();
}

function startFilters() {
  for (const name of ["from", "to"]) {
    form.elements[name].min = FIRST;
    form.elements[name].max = LAST;
  }
  form.elements.from.value = FIRST;
  form.elements.to.value = LAST;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", update);
  form.addEventListener("reset", () => {
    document.body.dataset.drawn = "no";
    setTimeout(() => lastDays(0)); // once the form is what it was
  });
  for (const button of form.querySelectorAll("[data-days]")) {
    button.addEventListener("click", () => lastDays(Number(button.dataset.days)));
  }
}

startFilters();
update().then(() => {
  document.body.dataset.charts = "ready";
});
