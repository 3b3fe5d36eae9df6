// Strokes of a round brush, as they are seen while they are drawn. What they are for is said by those who extend
// this: `says` in words; `begin` with the event of a press, false where nothing is to be painted; `erasing`;
// `end` with the line, the radius in pixels of the photo, and the event.

import { distance } from "../geometry.js";

const FINE = 1.5; // screen pixels between two points of a stroke

export class StrokeTool {
  erasing = false;
  #line = [];

  constructor(desk) {
    this.desk = desk;
  }

  get painting() {
    return this.#line.length > 0;
  }

  get #radius() {
    return this.desk.settings.brush / 2 / this.desk.stage.scale;
  }

  down(event) {
    if (this.begin(event)) this.#line = [event.point];
    this.#show(event);
  }

  move(event) {
    if (this.#line.length && distance(event.point, this.#line.at(-1)) * this.desk.stage.scale > FINE) this.#line.push(event.point);
    this.#show(event);
  }

  up(event) {
    const line = this.#line;
    this.#line = [];
    this.#show(event);
    if (line.length) this.end(line, this.#radius, event);
  }

  lose() {
    this.#line = [];
    this.desk.scene.paint([], 1, false);
  }

  leave() {
    this.desk.scene.brush(null);
  }

  #show({ point }) {
    this.desk.scene.brush(point, this.#radius);
    this.desk.scene.paint(this.#line, this.#radius, this.erasing);
  }
}
