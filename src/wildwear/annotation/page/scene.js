// What the stage shows: the instances of the editor as shapes, and what a tool is about to make of them.

import { boxOf, pathOf, ringsOf } from "./geometry.js";
import { make } from "./dom.js";

const MOST_HANDLES = 1500; // vertices that are drawn; zoomed in, there are fewer in sight

export class Scene {
  #editor;
  #stage;
  #colour;
  #image = make("image", { preserveAspectRatio: "none" });
  #shapes = make("g", { class: "shapes" });
  #proposals = make("g", { class: "proposals" });
  #drawn = new Map(); // id → {shape, instance}
  #casing = make("path", { class: "casing" }); // so that dark borders are seen on dark photos
  #above = {}; // shapes of selection and tools

  // colour: what a category is drawn in.
  constructor(root, editor, stage, colour) {
    this.#editor = editor;
    this.#stage = stage;
    this.#colour = colour;
    const names = ["ring", "handles", "handle-cores", "picked", "hint", "foreseen", "paint", "draft-shadow", "draft", "draft-next", "draft-dots", "brush"];
    for (const name of names) this.#above[name] = make("path", { class: name });
    this.#above.marquee = make("rect", { class: "marquee" });
    root.append(this.#image, this.#casing, this.#shapes, this.#proposals, ...Object.values(this.#above));
    editor.addEventListener("show", () => this.#update());
    stage.addEventListener("place", () => this.#handles());
  }

  // Another photo, by the address of its picture.
  photo(address, { width, height }) {
    for (const [name, value] of Object.entries({ href: address, width, height })) this.#image.setAttribute(name, value);
    this.#drawn.clear();
    this.clear();
  }

  get image() {
    return this.#image;
  }

  // A line in the making: set points, and how it would go on to the cursor.
  draft(points, onward = []) {
    const last = points.at(-1);
    this.#path("draft-shadow", lineOf(points));
    this.#path("draft", lineOf(points));
    this.#path("draft-next", last && onward.length ? lineOf([last, ...onward]) : "");
    this.#path("draft-dots", dots(points));
  }

  // A stroke of a round brush.
  paint(line, radius, erasing) {
    const shape = this.#above.paint;
    shape.setAttribute("d", line.length === 1 ? dots(line) : lineOf(line));
    shape.setAttribute("stroke-width", 2 * radius);
    shape.classList.toggle("erasing", erasing);
  }

  brush(point, radius) {
    this.#path("brush", point ? `M${point[0] - radius} ${point[1]}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0` : "");
  }

  marquee(from, to) {
    const [left, top, right, bottom] = from ? boxOf([from, to]) : [0, 0, 0, 0];
    for (const [name, value] of Object.entries({ x: left, y: top, width: right - left, height: bottom - top })) this.#above.marquee.setAttribute(name, value);
  }

  // What parts would become: what joins or leaves them is filled.
  foreseen(parts = [], then = parts) {
    this.#path("foreseen", then === parts ? "" : pathOf(parts) + pathOf(then));
  }

  // Where a vertex would be taken hold of.
  hint(point) {
    this.#path("hint", point ? dots([point]) : "");
  }

  clear() {
    this.draft([]);
    this.paint([], 1, false);
    this.brush(null);
    this.marquee(null);
    this.hint(null);
    this.foreseen();
  }

  #path(name, d) {
    this.#above[name].setAttribute("d", d);
  }

  #update() {
    const editor = this.#editor;
    const instances = editor.work.instances.filter((one) => editor.sees(one));
    const proposals = editor.openProposals.filter((one) => editor.sees(one));
    this.#fill(this.#shapes, instances);
    this.#fill(this.#proposals, proposals);
    this.#casing.setAttribute("d", [...instances, ...proposals].map((one) => pathOf(one.parts)).join(""));
    for (const [id, { shape }] of this.#drawn) shape.classList.toggle("selected", editor.selected.includes(id));
    this.#path("ring", editor.chosen.map((one) => pathOf(one.parts)).join(""));
    this.#handles();
  }

  // Shapes are made anew only where their instance is another.
  #fill(group, instances) {
    const shapes = instances.map((instance) => {
      const known = this.#drawn.get(instance.id);
      if (known?.instance === instance && known.shape.parentNode === group) return known.shape;
      const shape = known?.shape ?? make("path", {});
      shape.setAttribute("d", pathOf(instance.parts));
      shape.setAttribute("class", instance.judged ? "shape" : "shape unjudged");
      shape.setAttribute("fill", instance.judged ? this.#colour(instance.category) : "url(#hatching)");
      shape.setAttribute("stroke", instance.judged ? this.#colour(instance.category) : "#fff");
      this.#drawn.set(instance.id, { shape, instance });
      return shape;
    });
    const same = shapes.length === group.children.length && shapes.every((shape, i) => group.children[i] === shape);
    if (!same) group.replaceChildren(...shapes);
  }

  // Vertices of the one selected instance, of those in sight.
  #handles() {
    const { only, vertices } = this.#editor;
    const points = only ? ringsOf(only.parts).flat().filter((point) => this.#inSight(point)) : [];
    const drawn = points.length <= MOST_HANDLES ? dots(points) : "";
    this.#path("handles", drawn);
    this.#path("handle-cores", drawn);
    const picked = [...vertices].map((key) => key.split("/").map(Number)).map(([p, r, i]) => only?.parts[p]?.[r]?.[i]).filter(Boolean);
    this.#path("picked", dots(picked));
  }

  #inSight([x, y]) {
    const { scale, offset } = this.#stage;
    const [left, top] = [x * scale + offset[0], y * scale + offset[1]];
    return left > -20 && top > -20 && left < innerWidth + 20 && top < innerHeight + 20;
  }
}

function lineOf(points) {
  return points.length ? `M${points.map(([x, y]) => `${x} ${y}`).join("L")}` : "";
}

// Points as lines of no length: round ends make them dots of one size at any zoom.
function dots(points) {
  return points.map(([x, y]) => `M${x} ${y}h0`).join("");
}
