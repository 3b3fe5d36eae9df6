// What stands on a photo, as plain values: none is ever changed, each function returns another.

import { boxOf, clamped, mapped, ringsOf, rounded } from "./geometry.js";

const FLAGS = { occluded: false, truncated: false, doubtful: false };

export function emptyWork() {
  return { status: "todo", skip_reason: null, attributes: { people: [], selfie: false }, instances: [] };
}

export function newInstance(parts, fields = {}) {
  return { id: newId(), category: null, judged: true, parts: rounded(parts), flags: FLAGS, source: "drawn", score: null, original: null, ...fields };
}

// crypto.randomUUID is missing where a page comes from another machine without TLS.
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const text = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join("-");
}

export function instanceOf(work, id) {
  return work.instances.find((one) => one.id === id);
}

// The work with these instances: in the place of those with the same id, else on top.
export function withInstances(work, ...changed) {
  const byId = new Map(changed.map((one) => [one.id, one]));
  const instances = work.instances.map((one) => byId.get(one.id) ?? one);
  const known = new Set(work.instances.map((one) => one.id));
  return { ...work, instances: [...instances, ...changed.filter((one) => !known.has(one.id))] };
}

export function without(work, ids) {
  return { ...work, instances: work.instances.filter((one) => !ids.includes(one.id)) };
}

// One instance some layers up (on top of others) or down.
export function shifted(work, id, by) {
  const from = work.instances.findIndex((one) => one.id === id);
  const to = Math.min(Math.max(from + by, 0), work.instances.length - 1);
  const instances = work.instances.filter((one) => one.id !== id);
  instances.splice(to, 0, work.instances[from]);
  return { ...work, instances };
}

// The instance with a vertex more, at a place of its border.
export function inserted(instance, { part, ring, index, point }) {
  const parts = instance.parts.map((rings, p) => rings.map((points, r) => (p === part && r === ring ? points.toSpliced(index + 1, 0, point) : points)));
  return { instance: { ...instance, parts }, key: `${part}/${ring}/${index + 1}` };
}

// All of it moved, as far as the photo ({width, height}) reaches.
export function movedBy(instance, [dx, dy], { width, height }) {
  const [left, top, right, bottom] = boxOf(ringsOf(instance.parts).flat());
  const [x, y] = [Math.min(Math.max(dx, -left), width - right), Math.min(Math.max(dy, -top), height - bottom)];
  return { ...instance, parts: mapped(instance.parts, (point) => [point[0] + x, point[1] + y]) };
}

// The vertices of these keys moved, each as far as the photo reaches.
export function verticesMovedBy(instance, [dx, dy], keys, size) {
  const parts = mapped(instance.parts, (point, p, r, i) => (keys.has(`${p}/${r}/${i}`) ? clamped([point[0] + dx, point[1] + dy], size) : point));
  return { ...instance, parts };
}

// The instance without these vertices; rings of less than three go.
export function withoutVertices(instance, keys) {
  const parts = instance.parts
    .map((part, p) => part.map((ring, r) => ring.filter((_, i) => !keys.has(`${p}/${r}/${i}`))))
    .filter(([ring]) => ring.length >= 3)
    .map(([ring, ...holes]) => [ring, ...holes.filter((hole) => hole.length >= 3)]);
  return { ...instance, parts };
}

// What is judged and has no name yet.
export function nameless(work) {
  return work.instances.filter((one) => one.judged && one.category === null);
}

// What the list of photos says of one, from its work.
export function summary(work) {
  const garments = work.instances.filter((one) => one.judged);
  const flags = new Set(garments.flatMap((one) => Object.keys(one.flags).filter((flag) => one.flags[flag])));
  if (nameless(work).length) flags.add("unnamed");
  const categories = new Set(garments.map((one) => one.category).filter((category) => category !== null));
  return { status: work.status, instances: garments.length, categories: [...categories], flags: [...flags] };
}

// Whether two values of a work say the same, whatever the order of their fields; what is missing is null.
export function same(one, other) {
  if (one === null || other === null || typeof one !== "object" || typeof other !== "object") return (one ?? null) === (other ?? null);
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((key) => same(one[key] ?? null, other[key] ?? null));
}
