// Cuts the selected instance in two along a line that is drawn across it.

import { distance, simplifiedLine } from "../geometry.js";
import { pieces } from "../regions.js";
import { newInstance } from "../work.js";

export class KnifeTool {
  says = "Drag a line right across the selected garment: it becomes two.";
  #desk;
  #line = [];

  constructor(desk) {
    this.#desk = desk;
  }

  down({ point }) {
    if (this.#desk.editor.only) this.#line = [point];
    else this.#desk.say("Select one garment first: the knife cuts it in two.");
  }

  move({ point }) {
    if (!this.#line.length || distance(point, this.#line.at(-1)) * this.#desk.stage.scale < 2) return;
    this.#line.push(point);
    this.#desk.scene.draft(this.#line);
  }

  up() {
    const line = simplifiedLine(this.#line, this.#desk.tolerance);
    this.lose();
    if (line.length < 2) return;
    const { editor, tolerance } = this.#desk;
    const { only } = editor;
    const [first, ...others] = pieces(only.parts, line, tolerance);
    if (!others.length) return this.#desk.say("The line does not cross the garment from border to border.");
    const made = newInstance(others.flat(), { category: only.category, judged: only.judged, flags: only.flags });
    editor.selected = [made.id];
    editor.replace(only, { parts: first }, made);
  }

  lose() {
    this.#line = [];
    this.#desk.scene.clear();
  }
}
