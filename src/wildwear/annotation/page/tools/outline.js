// Outlines: each click sets a point, a drag draws freely and keeps few of its points. Magnetic, the line between
// two points follows the photo's edges; along a neighbour, it follows the neighbour's border.

import { along, clamped, cleanRing, distance, nearestBorder, nearestVertex, simplifiedLine } from "../geometry.js";

const SLIP = 5; // screen pixels that a click may move
const SNAP = 12; // screen pixels within which a neighbour's border draws a point

export class OutlineTool {
  #desk;
  #points = [];
  #steps = []; // how many points there were before each step
  #places = []; // of each point that lies on a neighbour: {id, part, ring, index, point}, else null
  #press = null;
  #onward = [];

  constructor(desk) {
    this.#desk = desk;
  }

  get says() {
    if (this.#desk.looking) return "Looking for the photo's edges …";
    if (this.#points.length) return "Click on the first point, or Enter, closes it. Backspace takes the last step back.";
    return "Click points, or drag. Shift+Enter adds, Alt+Enter cuts out.";
  }

  // What is drawn of an outline, to go on with later; null where nothing is.
  get draft() {
    return this.busy ? { points: this.#points, steps: this.#steps, places: this.#places } : null;
  }

  resume({ points, steps, places }) {
    [this.#points, this.#steps, this.#places] = [points, steps, places];
    this.#draw(this.#points);
    this.#desk.changed();
  }

  show() {
    this.#draw(this.#points);
  }

  get busy() {
    return this.#points.length > 0;
  }

  down(event) {
    this.#press = { screen: event.screen, trail: [], double: event.double };
    if (this.#closes(event)) this.#press.closing = true;
    else if (!this.busy) this.#press.first = this.#meant(event);
  }

  move(event) {
    const press = this.#press;
    if (press && !press.closing && (press.trail.length || distance(event.screen, press.screen) > SLIP)) {
      press.trail.push(clamped(event.point, this.#desk.editor.photo));
      return this.#draw([...this.#points, ...(press.first ? [press.first.point] : []), ...press.trail]);
    }
    if (!press) this.#aim(event);
  }

  up(event) {
    const press = this.#press;
    this.#press = null;
    if (!press) return;
    if (press.closing || (press.double && this.#points.length >= 3)) return this.finish(event);
    if (press.trail.length) this.#addTrail(press, event);
    else this.#add([this.#meant(event)], event);
  }

  lose() {
    this.#press = null;
    this.#draw(this.#points);
  }

  leave() {
    this.#onward = [];
    this.#draw(this.#points);
  }

  // The last step back.
  back() {
    this.#points.length = this.#places.length = this.#steps.pop();
    this.#onward = [];
    this.#draw(this.#points);
    this.#desk.changed();
  }

  // Everything back.
  cancel() {
    this.put();
    this.#desk.changed();
  }

  // Lays the outline aside, as its draft has it.
  put() {
    [this.#points, this.#steps, this.#places, this.#onward, this.#press] = [[], [], [], [], null];
    this.#desk.scene.clear();
  }

  // Closes the outline: a new instance, or more or less of the selected one.
  finish(event = {}) {
    const ring = cleanRing([...this.#points, ...this.#closing()]);
    this.cancel();
    if (ring) this.#desk.take([[ring]], event.shift ? "add" : event.alt ? "cut" : undefined, event.touch);
  }

  #closes({ point, reach }) {
    return this.#points.length >= 3 && distance(point, this.#points[0]) <= reach * 1.5;
  }

  // The place that a pointer means: on a neighbour's vertex or border, where borders are shared.
  #meant(event) {
    const { editor, settings, stage } = this.#desk;
    const reach = Math.max(SNAP / stage.scale, event.reach);
    const there = clamped(event.point, editor.photo);
    const point = settings.magnetic && this.#desk.livewire ? this.#desk.livewire.edge(there, reach / 2) : there;
    if (!settings.sharing) return { point, place: null };
    const found = editor.work.instances.filter((one) => editor.sees(one))
      .map((one) => ({ id: one.id, near: nearestVertex(there, one.parts, reach) ?? nearestBorder(there, one.parts, reach) }))
      .filter(({ near }) => near)
      .sort((a, b) => a.near.far - b.near.far)[0];
    return found ? { point: found.near.point, place: { id: found.id, ...found.near } } : { point, place: null };
  }

  // How the line goes on from the last point to a place, with that place.
  #way({ point, place }) {
    const last = this.#points.at(-1);
    const from = this.#places.at(-1);
    const shared = place && from && ["id", "part", "ring"].every((field) => place[field] === from[field]);
    if (shared) return [...along(this.#desk.editor.find(place.id).parts[place.part][place.ring], from, place), point];
    if (last && this.#desk.settings.magnetic && this.#desk.livewire) return this.#desk.livewire.way(last, point);
    return [point];
  }

  // Between the last point and the first; the first itself is there already.
  #closing() {
    if (this.#points.length < 3) return [];
    return this.#way({ point: this.#points[0], place: this.#places[0] }).slice(0, -1);
  }

  #aim(event) {
    const meant = this.#meant(event);
    this.#onward = this.busy ? this.#way(this.#closes(event) ? { point: this.#points[0], place: this.#places[0] } : meant) : [];
    this.#draw(this.#points);
    this.#desk.scene.hint(this.#closes(event) ? this.#points[0] : meant.place ? meant.point : null);
  }

  #add(meant) {
    this.#steps.push(this.#points.length);
    for (const one of meant) {
      const way = this.#way(one);
      this.#points.push(...way);
      this.#places.push(...way.slice(1).map(() => null), one.place);
    }
    this.#onward = [];
    this.#draw(this.#points);
    this.#desk.changed();
  }

  #addTrail({ first, trail }, event) {
    const { tolerance, stage } = this.#desk;
    const alone = !this.busy;
    const length = trail.reduce((sum, point, i) => sum + (i ? distance(point, trail[i - 1]) : 0), 0);
    const start = alone ? first.point : this.#points[0];
    const closes = this.#closes(event) || (alone && length * stage.scale > 60 && distance(start, trail.at(-1)) < 0.15 * length);
    const line = simplifiedLine(alone ? [start, ...trail] : trail, Math.max(tolerance, 0.8 / stage.scale));
    if (closes && distance(start, line.at(-1)) <= event.reach) line.pop();
    this.#steps.push(this.#points.length);
    this.#points.push(...line);
    this.#places.push(...line.map(() => null));
    this.#draw(this.#points);
    this.#desk.changed();
    if (closes) this.finish(event);
  }

  #draw(points) {
    this.#desk.scene.draft(points, this.#onward);
  }
}
