// Asks the model: a box around a garment, a click on it, or (with Shift) a scribble over it gets an outline.

import { clamped, distance, simplifiedLine } from "../geometry.js";

const SLIP = 5; // screen pixels that a click may move

export class PointingTool {
  says = "Drag a box around a garment, click on it, or scribble over it with Shift: the model outlines it.";
  #desk;
  #press = null;

  constructor(desk) {
    this.#desk = desk;
  }

  down({ point, screen, shift }) {
    this.#press = { from: point, screen, scribbling: shift, line: [point], moved: false };
  }

  move({ point, screen }) {
    const press = this.#press;
    if (!press || (!press.moved && distance(screen, press.screen) < SLIP)) return;
    press.moved = true;
    press.line.push(point);
    if (press.scribbling) this.#desk.scene.draft(press.line);
    else this.#desk.scene.marquee(press.from, point);
  }

  up({ point, touch }) {
    const press = this.#press;
    this.lose();
    if (!press) return;
    const { photo } = this.#desk.editor;
    const inside = (some) => clamped(some, photo).map((value) => Math.round(value * 100) / 100);
    if (!press.moved) return this.#desk.askFor({ points: [inside(point)] }, touch);
    if (press.scribbling) return this.#desk.askFor({ scribble: simplifiedLine(press.line, this.#desk.tolerance).map(inside) }, touch);
    const [a, b] = [inside(press.from), inside(point)];
    const box = [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])];
    if (box[2] - box[0] > 1 && box[3] - box[1] > 1) this.#desk.askFor({ box }, touch);
  }

  lose() {
    this.#press = null;
    this.#desk.scene.clear();
  }
}
