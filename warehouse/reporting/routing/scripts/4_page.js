"use strict";
// Writing into the page: tables, tiles, charts and marks. Texts of the store are set as text, never as
// markup.
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function cell(tag, figure, attributes) {
  const made = element(tag, attributes, show(figure));
  if (figure.exact !== undefined) made.dataset.exact = figure.exact;
  if (figure.badge) made.append(" ", element("span", { class: "badge" }, figure.badge));
  return made;
}

// Heads: [text, is it a number]; rows: lists of figures, the first of which names the row.
function fillTable(id, caption, heads, rows, empty = "Nothing of this is in the selection.") {
  const place = document.getElementById(id);
  if (rows.length === 0) {
    place.replaceChildren(element("p", { class: "empty" }, empty));
    return;
  }
  const kind = (numeric) => (numeric ? { class: "number" } : {});
  const head = element(
    "tr",
    {},
    ...heads.map(([text, numeric]) => element("th", { scope: "col", ...kind(numeric) }, text)),
  );
  const body = rows.map((row) =>
    element(
      "tr",
      {},
      ...row.map((figure, i) =>
        i === 0 ? cell("th", figure, { scope: "row" }) : cell("td", figure, kind(heads[i][1])),
      ),
    ),
  );
  place.replaceChildren(
    element(
      "div",
      { class: "table", role: "region", tabindex: "0", "aria-label": caption },
      element(
        "table",
        {},
        element("caption", {}, caption),
        element("thead", {}, head),
        element("tbody", {}, ...body),
      ),
    ),
  );
}

function fillTiles(id, tiles) {
  document.getElementById(id).replaceChildren(
    ...tiles.map(([name, label, figure]) => {
      const value = cell("dd", figure, { "data-fact": name });
      if (figure.more) value.append(element("small", {}, figure.more));
      return element("div", {}, element("dt", {}, label), value);
    }),
  );
}

const say = (id, text) => {
  document.getElementById(id).textContent = text;
};

// A chart is made when it first has rows, and gives way to a sentence when it has none.
const specs = JSON.parse(document.getElementById("chart-specs").textContent);
const views = {};
const drawing = [];
function draw(id, rows, filter) {
  document
    .getElementById(id)
    .closest("figure")
    .classList.toggle("bare", rows.length === 0);
  if (rows.length > 0) drawing.push(fill(id, rows, filter.simulated ? " (simulated)" : ""));
}

async function fill(id, rows, mark) {
  const { step, domain } = specs[id].usermeta;
  const values = new Set(rows.flatMap((row) => [row.series, row.role, row.verdict]));
  const signals = { mark, shown: domain.filter((value) => values.has(value)) };
  const height = step && step * new Set(rows.map((row) => row.name)).size;
  if (views[id]) {
    const view = await views[id];
    if (height) view.signal("height", height);
    for (const [name, value] of Object.entries(signals)) view.signal(name, value);
    await view.data("rows", rows).resize().runAsync();
    return;
  }
  const params = Object.entries(signals).map(([name, value]) => ({ name, value }));
  const spec = { ...specs[id], datasets: { ...specs[id].datasets, rows }, params };
  if (height) spec.height = height;
  views[id] = vegaEmbed("#" + id, spec, { actions: false, renderer: "svg" }).then(
    (made) => made.view,
  );
  await views[id].catch((error) => {
    document.getElementById(id).textContent = "This chart could not be drawn: " + error.message;
    console.error(error);
  });
}

// Series laid one after the other from zero, in the order they come.
function stack(rows, key, size) {
  const ends = new Map();
  return rows
    .filter((row) => row[size] > 0)
    .map((row) => {
      const low = ends.get(row[key]) || 0;
      ends.set(row[key], low + row[size]);
      return { ...row, low, high: low + row[size] };
    });
}
