// Runs are shown and hidden by their names at the top, charts chosen by lists, tables sorted by their headings.
for (const box of document.querySelectorAll("[data-toggle]")) {
  const number = box.dataset.toggle;
  const parts = document.querySelectorAll(`main [data-series="${number}"]`);
  box.hidden = false;
  box.addEventListener("change", () => {
    for (const part of parts) part.classList.toggle("away", !box.checked);
  });
}

// A run whose name is pointed at stands out.
for (const label of document.querySelectorAll("[data-legend]")) {
  const style = (name) => {
    for (const part of document.querySelectorAll("main path[data-series], main .mark")) {
      part.classList.toggle("dim", name !== null && part.dataset.series !== name);
    }
  };
  label.addEventListener("pointerenter", (event) => {
    if (event.pointerType === "mouse") style(label.dataset.legend);
  });
  label.addEventListener("pointerleave", () => style(null));
}

for (const choosers of document.querySelectorAll("[data-choosers]")) {
  const lists = [...choosers.querySelectorAll("select")];
  const panels = [...choosers.parentElement.querySelectorAll(":scope > [data-panel]")];
  const choose = () => {
    const wanted = lists.map((list) => list.value);
    // A list with one choice is left out: its part of the key is that of the panel shown first.
    const key = (panel) => panel.dataset.panel.split(" ").slice(-wanted.length);
    for (const panel of panels) panel.hidden = key(panel).join(" ") !== wanted.join(" ");
  };
  choosers.hidden = lists.length === 0;
  for (const list of lists) list.addEventListener("change", choose);
  if (lists.length) choose();
}

for (const table of document.querySelectorAll(".heat")) {
  const headings = [...table.querySelectorAll("thead th")];
  const body = table.tBodies[0];
  headings.forEach((heading, column) => {
    const button = heading.querySelector("button");
    button.disabled = false;
    button.addEventListener("click", () => {
      const first = column === 0 ? "ascending" : "descending";
      const other = first === "ascending" ? "descending" : "ascending";
      const order = heading.getAttribute("aria-sort") === first ? other : first;
      for (const one of headings) one.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      const value = (row) => (column === 0 ? row.cells[0].textContent : row.cells[column].dataset.value);
      const compare = (one, another) => {
        if (column === 0) return sign * value(one).localeCompare(value(another));
        const [a, b] = [value(one), value(another)];
        if (a === "" || b === "") return (a === "") - (b === ""); // NaN comes last, whatever the order
        return sign * (a - b);
      };
      body.append(...[...body.rows].sort(compare));
    });
  });
}
