"use strict";
// Sums as the store made them, and adding them up again. Money is whole nano-dollars, as BigInt, so
// that every total is exact.
const facts = JSON.parse(document.getElementById("facts").textContent);

// "5*3 7" is 5 5 5 7.
function unpack(text, parse) {
  const values = [];
  for (const run of text ? text.split(" ") : []) {
    const [value, times] = run.split("*");
    const parsed = parse(value);
    for (let left = Number(times || 1); left > 0; left--) values.push(parsed);
  }
  return values;
}

function readTable(packed) {
  const columns = {};
  for (const [name, text] of Object.entries(packed.columns)) {
    columns[name] = unpack(text, packed.money.includes(name) ? BigInt : Number);
  }
  const measures = Object.keys(columns).filter((name) => !packed.keys.includes(name));
  const zero = Object.fromEntries(measures.map((n) => [n, packed.money.includes(n) ? 0n : 0]));
  return { ...packed, columns, measures, zero, cells: columns.period.length };
}

const tables = Object.fromEntries(
  Object.entries(facts.tables).map(([name, packed]) => [name, readTable(packed)]),
);

// Whether a cell is chosen. Periods count whole: those that a range touches.
function chosen(table, filter) {
  const { columns, periods, keys } = table;
  const within = periods.map(([from, until]) => until > filter.from && from < filter.until);
  const kinds = facts.members.kind.map((kind) => filter.kinds.includes(kind));
  const simulated = filter.simulated ? 1 : 0;
  const tests = [
    (i) => within[columns.period[i]],
    (i) => kinds[columns.kind[i]],
    (i) => columns.is_simulated[i] === simulated,
  ];
  for (const key of ["policy", "model_id"]) {
    if (filter[key] !== null && keys.includes(key)) {
      const place = facts.members[key].indexOf(filter[key]);
      tests.push((i) => columns[key][i] === place);
    }
  }
  return (i) => tests.every((test) => test(i));
}

// Totals of the chosen cells, one a combination of the dimensions in `by`, in order of these.
function addUp(name, filter, by = []) {
  const table = tables[name];
  const keep = chosen(table, filter);
  const groups = new Map();
  for (let i = 0; i < table.cells; i++) {
    if (!keep(i)) continue;
    const places = by.map((key) => table.columns[key][i]);
    const id = places.join(" ");
    let group = groups.get(id);
    if (!group) groups.set(id, (group = { places, sums: { ...table.zero } }));
    for (const measure of table.measures) group.sums[measure] += table.columns[measure][i];
  }
  const inOrder = (a, b) => a.places.map((p, i) => p - b.places[i]).find((d) => d !== 0) || 0;
  return [...groups.values()].sort(inOrder).map(({ places, sums }) => {
    const named = by.map((key, i) => [key, (facts.members[key] || {})[places[i]] ?? places[i]]);
    return { ...Object.fromEntries(named), ...sums };
  });
}

const total = (name, filter) => addUp(name, filter)[0] || tables[name].zero;
