// Mends borders, with nothing selected: a stroke goes on with what it begins on. From within a garment it paints
// that one, also over those that lie on top; from outside it takes away from all that it crosses. A click means
// the region of like colour there, up to the photo's edges: it leaves the garment that it is in, or joins the one
// that is selected or nearest. What it would change is seen where the cursor rests.

import * as api from "../api.js";
import { clamped, distance, inParts, nearestBorder, withinPhoto } from "../geometry.js";
import { brushed } from "../regions.js";
import { StrokeTool } from "./stroke.js";

const SLIP = 5; // screen pixels that a click may move
const REST = 120; // milliseconds until a cursor rests

export class MendTool extends StrokeTool {
  #grown = null;
  #at = null; // where the cursor is
  #resting = null;
  #asked = {}; // what was asked last: {one, point, answer}

  get says() {
    const strokes = "Drag from within a garment: it grows. Drag from outside: what is crossed shrinks.";
    return this.desk.assisted ? `${strokes} Click: the region there is added or taken away.` : strokes;
  }

  begin({ point }) {
    const { editor } = this.desk;
    const under = editor.under(point);
    this.#forget();
    this.#grown = under.find((one) => editor.selected.includes(one.id)) ?? under[0] ?? null;
    this.erasing = this.#grown === null;
    return true;
  }

  move(event) {
    super.move(event);
    this.#forget();
    if (!this.desk.assisted || this.painting || event.touch) return;
    this.#at = clamped(event.point, this.desk.editor.photo);
    this.#resting = setTimeout(() => this.#foresee(this.#at), REST);
  }

  leave() {
    super.leave();
    this.#forget();
  }

  end(line, radius) {
    const { editor, stage, tolerance } = this.desk;
    const { photo, work } = editor;
    const clicked = line.every((point) => distance(point, line[0]) * stage.scale < SLIP);
    if (clicked && this.desk.assisted) return this.#patch(clamped(line[0], photo));
    const grown = this.#grown;
    // A proposal comes to lie on top of all
    const above = grown ? work.instances.slice(work.instances.includes(grown) ? work.instances.indexOf(grown) + 1 : Infinity) : [...work.instances, ...editor.openProposals];
    const crossed = above.filter((one) => editor.sees(one) && line.some((point) => inParts(point, one.parts) || nearestBorder(point, one.parts, radius)));
    const changed = [...(grown ? [grown] : []), ...crossed];
    if (!changed.length) return;
    editor.select([changed[0].id]);
    editor.update(changed.map((one) => one.id), (one) => ({ parts: withinPhoto(brushed(one.parts, line, radius, tolerance, one.id !== grown?.id), photo) }));
  }

  // The garment that a click is about.
  #meant(point) {
    const { editor } = this.desk;
    const far = (one) => nearestBorder(point, one.parts, Infinity)?.far ?? Infinity;
    const seen = () => [...editor.work.instances, ...editor.openProposals].filter((one) => editor.sees(one));
    return editor.only ?? editor.under(point)[0] ?? seen().sort((a, b) => far(a) - far(b))[0];
  }

  // What a garment becomes by a click; what was seen beforehand is not asked again.
  #ask(one, point) {
    const same = this.#asked.one === one && distance(this.#asked.point, point) < 0.01;
    if (!same) this.#asked = { one, point, answer: api.patch(this.desk.editor.photo.id, { parts: one.parts, point }) };
    return this.#asked.answer;
  }

  async #foresee(point) {
    const one = this.#meant(point);
    if (!one) return;
    const { parts } = await this.#ask(one, point).catch(() => one);
    if (this.#at === point && this.desk.stage.tool === this) this.desk.scene.foreseen(one.parts, parts);
  }

  async #patch(point) {
    const { editor } = this.desk;
    const { photo } = editor;
    const one = this.#meant(point);
    if (!one) return;
    editor.select([one.id]);
    try {
      const { parts } = await this.#ask(one, point);
      if (editor.photo === photo && editor.find(one.id) === one) editor.update([one.id], { parts: withinPhoto(parts, photo) });
    } catch (refusal) {
      this.#asked = {};
      this.desk.say(refusal.message);
    }
  }

  #forget() {
    clearTimeout(this.#resting);
    this.#at = null;
    this.desk.scene.foreseen();
  }
}
