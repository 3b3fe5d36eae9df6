"use strict";
// Charts say their figures at the pointer, at a finger, or step by step with the arrow keys.
const SVG = "http://www.w3.org/2000/svg";

for (const chart of document.querySelectorAll(".chart")) {
  const { digits, end, lines, over, areRuns } = JSON.parse(chart.querySelector("script").textContent);
  const frame = chart.querySelector(".frame");
  const axes = chart.querySelector(".axes");
  const steps = [...new Set(lines.flatMap((line) => line.x))].sort((a, b) => a - b);
  const cross = document.createElementNS(SVG, "line");
  cross.setAttribute("class", "cross");
  cross.setAttribute("y2", "100%");
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("role", "status");
  let at = -1;

  const hide = () => {
    at = -1;
    cross.remove();
    tip.hidden = true;
  };

  // The value of a line at a step: its last one up to there, as long as the line lasts.
  const valueAt = (line, step) => {
    if (!line.x.length || step > line.x[line.x.length - 1]) return null;
    let place = line.x.findIndex((x) => x > step);
    place = place < 0 ? line.x.length - 1 : place - 1;
    return place < 0 ? null : line.y[place];
  };

  const show = (place) => {
    at = Math.min(Math.max(place, 0), steps.length - 1);
    const step = steps[at];
    const share = step / end;
    cross.setAttribute("x1", `${100 * share}%`);
    cross.setAttribute("x2", `${100 * share}%`);
    axes.append(cross);
    const heading = document.createElement("b");
    heading.textContent = `${over} ${step.toLocaleString("en")}`;
    const rows = lines
      .filter((line) => !areRuns || !document.querySelector(`[data-toggle="${line.series}"]:not(:checked)`))
      .map((line) => [line, valueAt(line, step)])
      .filter(([, value]) => value !== null)
      .sort((one, other) => other[1] - one[1])
      .map(([line, value]) => {
        const row = document.createElement("span");
        const key = document.createElement("span");
        key.className = `key series-${line.series % 10}`;
        key.classList.toggle("further", line.series >= 10);
        key.classList.toggle("furthest", line.series >= 20);
        const figure = document.createElement("i");
        figure.textContent = value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(1) : value.toFixed(digits);
        row.append(key, line.name, figure);
        return row;
      });
    tip.replaceChildren(heading, ...rows);
    tip.hidden = false;
    const box = axes.getBoundingClientRect();
    const left = box.left - frame.getBoundingClientRect().left + share * box.width;
    const isRight = share > 0.5;
    tip.style.left = isRight ? "auto" : `${left + 12}px`;
    tip.style.right = isRight ? `${frame.clientWidth - left + 12}px` : "auto";
  };

  const nearest = (event) => {
    if (!steps.length) return;
    const box = axes.getBoundingClientRect();
    const wanted = ((event.clientX - box.left) / box.width) * end;
    let best = 0;
    steps.forEach((step, place) => {
      if (Math.abs(step - wanted) < Math.abs(steps[best] - wanted)) best = place;
    });
    show(best);
  };

  if (!steps.length) continue;
  tip.hidden = true;
  frame.append(tip);
  frame.tabIndex = 0;
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", "Figures step by step: arrow keys");
  frame.addEventListener("pointermove", nearest);
  frame.addEventListener("pointerdown", nearest);
  frame.addEventListener("pointerleave", hide);
  frame.addEventListener("blur", hide);
  frame.addEventListener("keydown", (event) => {
    const moves = { ArrowRight: at + 1, ArrowLeft: at < 0 ? steps.length - 1 : at - 1, Home: 0, End: steps.length - 1 };
    if (event.key === "Escape") hide();
    if (!(event.key in moves)) return;
    event.preventDefault();
    show(moves[event.key]);
  });
}
