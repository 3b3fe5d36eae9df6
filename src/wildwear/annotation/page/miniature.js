// A small picture of what stands on a photo, for people to compare two of.

import { imageOf } from "./api.js";
import { make } from "./dom.js";
import { boxOf, pathOf, ringsOf } from "./geometry.js";

const ROOM = 0.25; // around what is shown, of its size

// photo: {id, width, height}; around: instances that the picture is cut to, or none for all of the photo.
export function miniature(photo, instances, categories, { around = [], label }) {
  const { width, height } = photo;
  const points = around.flatMap((one) => ringsOf(one.parts).flat());
  let view = [0, 0, width, height];
  if (points.length) {
    const [left, top, right, bottom] = boxOf(points);
    const room = ROOM * Math.max(right - left, bottom - top, 20);
    view = [left - room, top - room, right - left + 2 * room, bottom - top + 2 * room];
  }
  const shapes = instances.map((one) => {
    const colour = one.judged ? categories.colour(one.category) : "#888";
    return make("path", { d: pathOf(one.parts), fill: colour, stroke: colour, class: "shape" });
  });
  const image = make("image", { href: imageOf(photo.id), width, height, preserveAspectRatio: "none" });
  return make("svg", { viewBox: view.join(" "), class: "miniature", role: "img", "aria-label": label }, image, ...shapes);
}
