// Elements of the page. What comes from the project goes in as text or as an attribute, never as HTML.

const SVG = "http://www.w3.org/2000/svg";
const SHAPES = new Set(["svg", "g", "path", "circle", "image", "rect", "title", "use"]);

export const $ = (id) => document.getElementById(id);
export const number = new Intl.NumberFormat("en");

export function make(tag, attributes = {}, ...children) {
  const element = SHAPES.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return element;
}

export function button(text, press, attributes = {}) {
  const element = make("button", { type: "button", ...attributes }, text);
  element.addEventListener("click", press);
  return element;
}

export function dot(colour) {
  return make("svg", { class: "dot", "aria-hidden": "true" }, make("circle", { cx: "50%", cy: "50%", r: "45%", fill: colour }));
}

// "1 garment", "3 garments".
export function counted(count, word) {
  return `${number.format(count)} ${word}${count === 1 ? "" : "s"}`;
}
