"use strict";
// Thresholds that are dragged: what stays is counted as `wildwear curate select` would, and shown on a sample.
const { columns, photos, rows, command } = JSON.parse(document.getElementById("values").textContent);
const funnel = document.getElementById("funnel");
const sample = document.getElementById("sample");
const copies = document.getElementById("copies");
const figures = [...document.querySelectorAll(".measure")];
const STEPS = 200;

// As SQL and a shell take them.
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
const inShell = (text) => `"${text.replace(/["\\$`]/g, "\\$&")}"`;

// The value at a slider's place; the ends are no threshold.
const threshold = (figure, place) => {
  const low = Number(figure.dataset.low);
  return Number((low + (place / STEPS) * (Number(figure.dataset.high) - low)).toPrecision(3));
};

const conditions = () => {
  const found = [];
  for (const kind of document.querySelectorAll("fieldset.kinds")) {
    const boxes = [...kind.querySelectorAll("input")];
    const wanted = boxes.filter((box) => box.checked).map((box) => box.value);
    if (wanted.length === boxes.length) continue;
    const column = kind.dataset.column;
    found.push({
      text: wanted.length ? `${column} in (${wanted.map(quoted).join(", ")})` : `${column} is null`,
      meets: (row) => (wanted.length ? wanted.includes(columns[column][row]) : columns[column][row] === null),
    });
  }
  if (copies?.checked) found.push({ text: "not duplicate", meets: (row) => columns.duplicate[row] === false });
  for (const figure of figures) {
    const column = figure.dataset.column;
    const [from, to] = [".from", ".to"].map((end) => Number(figure.querySelector(end).value));
    const [least, most] = [threshold(figure, from), threshold(figure, to)];
    if (from > 0)
      found.push({ text: `${column} >= ${least}`, meets: (row) => columns[column][row] !== null && columns[column][row] >= least });
    if (to < STEPS)
      found.push({ text: `${column} <= ${most}`, meets: (row) => columns[column][row] !== null && columns[column][row] <= most });
  }
  return found;
};

const line = (...texts) => {
  const item = document.createElement("li");
  for (const text of texts) {
    const part = document.createElement("span");
    part.textContent = text;
    item.append(part);
  }
  return item;
};

const count = (kept) => Math.round((kept * photos) / rows);

const update = (sortedBy) => {
  const found = conditions();
  let kept = [...Array(rows).keys()];
  const lines = [line(count(rows).toLocaleString("en"), "can be read", "")];
  for (const { text, meets } of found) {
    const before = kept.length;
    kept = kept.filter(meets);
    lines.push(line(count(kept.length).toLocaleString("en"), text, `−${count(before - kept.length).toLocaleString("en")}`));
  }
  funnel.replaceChildren(...lines);
  const where = found.map(({ text }) => text).join(" and ");
  document.getElementById("command").textContent = `${command}${where ? ` --where ${inShell(where)}` : ""} --out chosen.txt`;
  for (const figure of figures) {
    const [from, to] = [".from", ".to"].map((end) => Number(figure.querySelector(end).value));
    const outputs = figure.querySelectorAll("output");
    outputs[0].textContent = threshold(figure, from);
    outputs[1].textContent = threshold(figure, to);
    const bars = figure.querySelectorAll("rect");
    bars.forEach((bar, place) => {
      const middle = ((place + 0.5) / bars.length) * STEPS;
      bar.classList.toggle("out", middle < from || middle > to);
    });
  }
  const stays = new Set(kept);
  for (const item of document.querySelectorAll("#sample li, #map li"))
    item.classList.toggle("out", !stays.has(Number(item.dataset.row)));
  const items = [...sample.children];
  for (const item of items) {
    const row = Number(item.dataset.row);
    if (sortedBy) item.querySelector("small").textContent = columns[sortedBy][row] ?? "–";
  }
  if (sortedBy) {
    const value = (item) => columns[sortedBy][Number(item.dataset.row)] ?? Infinity;
    items.sort((one, other) => value(one) - value(other));
    sample.replaceChildren(...items);
  }
};

for (const figure of figures) {
  const [from, to] = [figure.querySelector(".from"), figure.querySelector(".to")];
  from.addEventListener("input", () => {
    if (Number(from.value) > Number(to.value)) to.value = from.value;
    update(figure.dataset.column);
  });
  to.addEventListener("input", () => {
    if (Number(to.value) < Number(from.value)) from.value = to.value;
    update(figure.dataset.column);
  });
}
for (const place of document.querySelectorAll("#map li")) {
  place.style.setProperty("--x", place.dataset.x);
  place.style.setProperty("--y", place.dataset.y);
}
for (const box of document.querySelectorAll(".kinds input")) box.addEventListener("change", () => update());
update();
