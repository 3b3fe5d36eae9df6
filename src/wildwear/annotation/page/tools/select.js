// Select, move, and edit vertices. A press on a vertex or the border of what is selected takes hold of it, inside
// it of the whole; anywhere else it moves the photo. Shift selects several, or frames vertices.

import { distance, inParts, mapped, nearestBorder, nearestVertex } from "../geometry.js";
import { inserted, movedBy, verticesMovedBy, withInstances } from "../work.js";

const SLIP = 4; // screen pixels that a click may move

export class SelectTool {
  says = "Click a garment to select it; drag its points, its border or all of it. Shift frames several points.";
  #desk;
  #press = null;
  #clicked = null; // where and what was selected by the last click: another there goes one layer down

  constructor(desk) {
    this.#desk = desk;
  }

  down(event) {
    const held = this.#hold(event);
    this.#press = { held, from: event.point, screen: event.screen, last: event.screen, moved: false };
    if (event.double && held.kind === "border") this.#insert(held);
  }

  move(event) {
    if (!this.#press) return this.#hover(event);
    const press = this.#press;
    if (!press.moved && distance(event.screen, press.screen) < SLIP) return;
    if (!press.moved) this.#begin(press);
    press.moved = true;
    this.#drag(press, event);
    press.last = event.screen;
  }

  up(event) {
    const press = this.#press;
    this.#press = null;
    const { editor, scene } = this.#desk;
    scene.marquee(null);
    if (!press) return;
    if (!press.moved) this.#click(press, event);
    else if (press.held.kind === "frame") this.#framed(press.from, event);
    else if (press.changed) editor.change(press.changed);
  }

  lose() {
    this.#press = null;
    this.#desk.scene.marquee(null);
    this.#desk.editor.preview(null);
  }

  leave() {
    this.#desk.scene.hint(null);
  }

  // What a press takes hold of.
  #hold({ point, reach, shift }) {
    const { only, chosen, vertices } = this.#desk.editor;
    if (only) {
      const vertex = nearestVertex(point, only.parts, reach);
      if (vertex) return { kind: "vertex", key: keyOf(vertex), picked: vertices.has(keyOf(vertex)) };
      if (shift) return { kind: "frame" };
      const border = nearestBorder(point, only.parts, reach / 2);
      if (border) return { kind: "border", border };
    }
    if (!shift && chosen.some((one) => inParts(point, one.parts))) return { kind: "whole" };
    return { kind: "photo" };
  }

  #hover({ point, reach }) {
    const { only } = this.#desk.editor;
    const near = only && (nearestVertex(point, only.parts, reach) ?? nearestBorder(point, only.parts, reach / 2));
    this.#desk.scene.hint(near?.point ?? null);
  }

  // The drag has begun: what is held is known for good, a point on the border has become a vertex.
  #begin(press) {
    const { editor, scene } = this.#desk;
    scene.hint(null);
    press.instances = editor.chosen;
    if (press.held.kind === "vertex" && !press.held.picked) editor.select(editor.selected, { vertices: [press.held.key] });
    if (press.held.kind === "border") {
      const { instance, key } = inserted(editor.only, press.held.border);
      press.instances = [instance];
      editor.preview(withInstances(editor.work, instance));
      editor.select(editor.selected, { vertices: [key] });
    }
    press.keys = new Set(editor.vertices);
  }

  #drag(press, event) {
    const { editor, scene, stage } = this.#desk;
    const { kind } = press.held;
    if (kind === "photo") return stage.pan(event.screen[0] - press.last[0], event.screen[1] - press.last[1]);
    if (kind === "frame") return scene.marquee(press.from, event.point);
    const by = [event.point[0] - press.from[0], event.point[1] - press.from[1]];
    const moved = (one) => (kind === "whole" ? movedBy(one, by, editor.photo) : verticesMovedBy(one, by, press.keys, editor.photo));
    press.changed = withInstances(editor.work, ...press.instances.map(moved));
    editor.preview(press.changed);
  }

  #click({ held }, event) {
    const { editor } = this.#desk;
    if (held.kind === "border") return;
    if (held.kind === "vertex") {
      const others = event.shift ? [...editor.vertices].filter((key) => key !== held.key) : [];
      return editor.select(editor.selected, { vertices: held.picked && event.shift ? others : [...others, held.key] });
    }
    const under = editor.under(event.point);
    if (event.shift) {
      const [top] = under;
      if (!top) return;
      const others = editor.selected.filter((id) => id !== top.id);
      return editor.select(others.length < editor.selected.length ? others : [...others, top.id]);
    }
    const again = this.#clicked && distance(this.#clicked.screen, event.screen) < SLIP ? under.findIndex((one) => one.id === this.#clicked.id) : -1;
    const chosen = under[(again + 1) % under.length];
    this.#clicked = chosen ? { id: chosen.id, screen: event.screen } : null;
    editor.select(chosen ? [chosen.id] : []);
  }

  #framed(from, { point }) {
    const { editor } = this.#desk;
    const [left, right] = [from[0], point[0]].sort((a, b) => a - b);
    const [top, bottom] = [from[1], point[1]].sort((a, b) => a - b);
    const keys = new Set(editor.vertices);
    mapped(editor.only?.parts ?? [], (vertex, p, r, i) => {
      if (vertex[0] >= left && vertex[0] <= right && vertex[1] >= top && vertex[1] <= bottom) keys.add(`${p}/${r}/${i}`);
    });
    editor.select(editor.selected, { vertices: keys });
  }

  #insert({ border }) {
    const { editor } = this.#desk;
    const { instance, key } = inserted(editor.only, border);
    editor.update([instance.id], instance);
    editor.select([instance.id], { vertices: [key] });
    this.#press = null;
  }
}

const keyOf = ({ part, ring, index }) => `${part}/${ring}/${index}`;
