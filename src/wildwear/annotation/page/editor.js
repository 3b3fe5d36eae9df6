// The photo on the desk: what stands on it, what of it is selected, and how it came about.
//
// Events: "edit" when the work has become another (it is to be saved), "show" when anything looks different.

import { History } from "./history.js";
import { areaOf, inParts, rounded } from "./geometry.js";
import { emptyWork, instanceOf, newInstance, same, withInstances, without } from "./work.js";

export class Editor extends EventTarget {
  photo = null; // {id, name, width, height}
  selected = []; // ids of instances and proposals, the first selected first
  vertices = new Set(); // "part/ring/index" of the one selected instance
  hidden = new Set(); // ids
  isolated = false; // whether only what is selected is seen
  proposals = []; // of the model, each with the id that its instance will have
  #histories = new Map(); // of each photo that was opened, until someone else has saved it
  #history = new History({ work: emptyWork(), rejected: [] });
  #preview = null;

  open(photo, work) {
    const known = this.#histories.get(photo.id);
    this.#history = known && same(known.now.work, work) ? known : new History({ work, rejected: [] });
    this.#histories.set(photo.id, this.#history);
    this.photo = photo;
    this.proposals = [];
    this.hidden.clear();
    this.isolated = false;
    this.#preview = null;
    this.select([]);
  }

  // What is seen: the work, or what it becomes while something is dragged.
  get work() {
    return this.#preview ?? this.#history.now.work;
  }

  get canUndo() {
    return this.#history.canUndo;
  }

  get canRedo() {
    return this.#history.canRedo;
  }

  // Proposals that were neither accepted nor rejected.
  get openProposals() {
    return this.proposals.filter((one) => !this.#history.now.rejected.includes(one.id) && !instanceOf(this.work, one.id));
  }

  find(id) {
    return instanceOf(this.work, id) ?? this.openProposals.find((one) => one.id === id);
  }

  // The instances (and proposals) that are selected.
  get chosen() {
    return this.selected.map((id) => this.find(id)).filter(Boolean);
  }

  // The one that is selected, or null where none is or several are.
  get only() {
    return this.chosen.length === 1 ? this.chosen[0] : null;
  }

  sees(instance) {
    return !this.hidden.has(instance.id) && (!this.isolated || this.selected.includes(instance.id));
  }

  // What is seen under a point, the top layer first, proposals last (the smallest first, since they have no layers).
  under(point) {
    const bySize = [...this.openProposals].sort((a, b) => areaOf(a.parts) - areaOf(b.parts));
    return [...[...this.work.instances].reverse(), ...bySize].filter((one) => this.sees(one) && inParts(point, one.parts));
  }

  select(ids, { vertices = [] } = {}) {
    this.selected = ids;
    this.vertices = new Set(vertices);
    this.#show();
  }

  preview(work) {
    this.#preview = work;
    this.#show();
  }

  // One step that can be undone.
  change(work, { rejected = this.#history.now.rejected } = {}) {
    const before = this.#history.now;
    this.#preview = null;
    this.#history.push({ work, rejected });
    this.#settle(before);
  }

  undo() {
    const before = this.#history.now;
    this.#history.undo();
    this.#settle(before);
  }

  redo() {
    const before = this.#history.now;
    this.#history.redo();
    this.#settle(before);
  }

  // Adds an instance on top, selected, instead of proposals by their ids.
  add(parts, fields, instead = []) {
    const instance = newInstance(parts, fields);
    this.selected = [instance.id];
    this.vertices.clear();
    this.change(withInstances(this.work, instance), { rejected: [...this.#history.now.rejected, ...instead] });
    return instance;
  }

  // Changes fields of instances; a proposal that is changed is accepted by that. Parts that are gone take the
  // instance with them.
  update(ids, fields) {
    const change = typeof fields === "function" ? fields : () => fields;
    const changed = ids.map((id) => this.find(id)).map((one) => ({ ...one, ...change(one) })).map((one) => ({ ...one, parts: rounded(one.parts) }));
    const gone = changed.filter((one) => one.parts.length === 0).map((one) => one.id);
    this.change(without(withInstances(this.work, ...changed.map(asInstance)), gone));
  }

  // One instance changed, and others added on top of all, in one step.
  replace(instance, fields, ...added) {
    this.change(withInstances(this.work, asInstance({ ...instance, ...fields, parts: rounded(fields.parts) }), ...added));
  }

  // One instance that takes the place of others as well; it is all that is selected.
  merge(instance, fields, gone) {
    this.selected = [instance.id];
    const merged = asInstance({ ...instance, ...fields, parts: rounded(fields.parts) });
    this.change(without(withInstances(this.work, merged), gone), { rejected: [...this.#history.now.rejected, ...gone] });
  }

  remove(ids) {
    this.change(without(this.work, ids));
  }

  reject(ids) {
    this.change(this.work, { rejected: [...this.#history.now.rejected, ...ids] });
  }

  show() {
    this.#show();
  }

  #settle(before) {
    this.selected = this.selected.filter((id) => this.find(id));
    this.vertices = new Set([...this.vertices].filter((key) => vertexAt(this.only, key)));
    if (this.work !== before.work) this.dispatchEvent(new Event("edit"));
    this.#show();
  }

  #show() {
    this.dispatchEvent(new Event("show"));
  }
}

// "part/ring/index" as the vertex of an instance; undefined where it has none.
function vertexAt(instance, key) {
  const [part, ring, index] = key.split("/").map(Number);
  return instance?.parts[part]?.[ring]?.[index];
}

// A proposal without what only proposals have.
function asInstance({ runners_up: _, ...instance }) {
  return instance;
}
