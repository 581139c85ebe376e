"use strict";
// Draw every chart into the element whose id it has. A chart that fails says so in its place.
const specs = JSON.parse(document.getElementById("chart-specs").textContent);
const drawn = Object.entries(specs).map(([id, spec]) =>
  vegaEmbed("#" + id, spec, { actions: false, renderer: "svg" }).catch((error) => {
    document.getElementById(id).textContent = "This chart could not be drawn: " + error.message;
    console.error(error);
  })
);
Promise.all(drawn).then(() => { document.body.dataset.charts = "ready"; });
