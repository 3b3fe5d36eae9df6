// Paints on the selected instance, or a new one, and takes away from it. What comes out is polygons.

import { clamped, distance } from "../geometry.js";
import { brushed } from "../regions.js";

const FINE = 1.5; // screen pixels between two points of a stroke

export class BrushTool {
  #desk;
  #erasing;
  #line = [];

  constructor(desk, { erasing }) {
    this.#desk = desk;
    this.#erasing = erasing;
    this.says = erasing
      ? "Drag to take away from the selected garment. Comma and full stop change the size."
      : "Drag to paint: on the selected garment, or a new one where none is selected. Comma and full stop change the size.";
  }

  get #radius() {
    return this.#desk.settings.brush / 2 / this.#desk.stage.scale;
  }

  down(event) {
    if (this.#erasing && !this.#desk.editor.only) return this.#desk.say("Select one garment first: the eraser takes away from it.");
    this.#line = [event.point];
    this.#show(event);
  }

  move(event) {
    if (this.#line.length && distance(event.point, this.#line.at(-1)) * this.#desk.stage.scale > FINE) this.#line.push(event.point);
    this.#show(event);
  }

  up(event) {
    const line = this.#line;
    this.#line = [];
    this.#show(event);
    if (!line.length) return;
    const { editor, tolerance } = this.#desk;
    const { only } = editor;
    const parts = brushed(only?.parts ?? [], line, this.#radius, tolerance, this.#erasing)
      .map((part) => part.map((ring) => ring.map((point) => clamped(point, editor.photo))));
    if (only) editor.update([only.id], { parts });
    else if (parts.length) this.#desk.add(parts, event.touch);
  }

  lose() {
    this.#line = [];
    this.#desk.scene.paint([], 1, false);
  }

  leave() {
    this.#desk.scene.brush(null);
  }

  #show({ point }) {
    this.#desk.scene.brush(point, this.#radius);
    this.#desk.scene.paint(this.#line, this.#radius, this.#erasing);
  }
}
