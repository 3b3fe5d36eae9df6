// What stands on a photo, as plain values: none is ever changed, each function returns another.

import { rounded } from "./geometry.js";

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
