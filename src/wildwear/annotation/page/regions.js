// Regions added to and taken from each other: painted on a canvas, and traced back into parts of few vertices.
// What lies away from the change keeps its vertices to the hundredth.

import { contours } from "./contours.js";
import { areaOf, boxOf, cleanRing, distance, mapped, nearestOnSegment, pathOf, ringsOf, simplifiedRing } from "./geometry.js";

const MARGIN = 3; // pixels around what is painted, so that borders close
const FINEST = 2; // painted pixels a pixel of the photo
const LARGEST = 1600; // painted pixels along a side
const SMALLEST = 6; // square pixels: what is smaller is a crumb of the eraser, no garment

export const union = (parts, others, tolerance) => combined(parts, others, boxOf(ringsOf(others).flat()), tolerance, (context) => {
  context.globalCompositeOperation = "lighter";
  context.fill(new Path2D(pathOf(others)), "evenodd");
});

export const difference = (parts, others, tolerance) => combined(parts, [], boxOf(ringsOf(others).flat()), tolerance, (context) => {
  context.globalCompositeOperation = "destination-out";
  context.fill(new Path2D(pathOf(others)), "evenodd");
}, ringsOf(others).flat());

// What a round brush painted along a line, or an eraser took.
export function brushed(parts, line, radius, tolerance, erasing) {
  const [left, top, right, bottom] = boxOf(line);
  return combined(parts, [], [left - radius, top - radius, right + radius, bottom + radius], tolerance, (context) => {
    context.globalCompositeOperation = erasing ? "destination-out" : "source-over";
    stroke(context, line, 2 * radius);
  });
}

// The pieces into which a line cuts a region, the largest first, each as parts; one piece where it does not.
export function pieces(parts, line, tolerance) {
  const before = parts.length;
  const whole = combined(parts, [], boxOf(line), tolerance, (context, scale) => {
    context.globalCompositeOperation = "destination-out";
    stroke(context, line, 1.5 / scale);
  });
  if (whole.length <= before) return [parts];
  const closed = mapped(whole, (point) => onto(point, line, tolerance + 1.5));
  const bySize = closed.map((part) => [part]).sort((a, b) => areaOf(b) - areaOf(a));
  const untouched = bySize.filter(([part]) => !part[0].some((point) => distance(point, onto(point, line, Infinity)) < 0.01));
  const cut = bySize.filter((piece) => !untouched.includes(piece));
  return [[...cut[0], ...untouched.flat()], ...cut.slice(1)];
}

function onto(point, line, reach) {
  let best = { far: reach, on: point };
  for (let i = 0; i + 1 < line.length; i++) {
    const on = nearestOnSegment(point, line[i], line[i + 1]);
    const far = distance(point, on);
    if (far < best.far) best = { far, on };
  }
  return best.on;
}

function stroke(context, line, width) {
  context.lineWidth = width;
  context.lineCap = context.lineJoin = "round";
  context.beginPath();
  for (const [x, y] of line.length > 1 ? line : [line[0], line[0]]) context.lineTo(x, y);
  context.stroke();
}

// Parts that the box of the change does not touch are handed on; the others are painted, changed and traced.
function combined(parts, others, changed, tolerance, change, corners = []) {
  const far = parts.filter(([ring]) => apart(boxOf(ring), changed));
  const near = parts.filter((part) => !far.includes(part));
  const points = [...ringsOf(near).flat(), [changed[0], changed[1]], [changed[2], changed[3]]];
  const [left, top, right, bottom] = boxOf(points);
  const scale = Math.min(FINEST, LARGEST / Math.max(right - left, bottom - top, 1));
  const [width, height] = [right - left, bottom - top].map((side) => Math.ceil(side * scale) + 2 * MARGIN);
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.setTransform(scale, 0, 0, scale, MARGIN - left * scale, MARGIN - top * scale);
  if (near.length) context.fill(new Path2D(pathOf(near)), "evenodd");
  change(context, scale);
  const pixels = context.getImageData(0, 0, width, height).data;
  const coverage = new Uint8Array(width * height);
  for (let i = 0; i < coverage.length; i++) coverage[i] = pixels[4 * i + 3];
  const toPhoto = ([x, y]) => [(x - MARGIN) / scale + left, (y - MARGIN) / scale + top];
  const known = [...ringsOf(near).flat(), ...ringsOf(others).flat(), ...corners];
  const traced = contours(coverage, width, height).map((part) => {
    const rings = part.map((ring) => snapped(simplifiedRing(ring.map(toPhoto), tolerance), known, 1.5 * tolerance));
    const [outer, ...holes] = rings.map(cleanRing);
    return outer && [outer, ...holes.filter((hole) => hole && areaOf([[hole]]) >= SMALLEST)];
  });
  return [...far, ...traced.filter((part) => part && areaOf([part]) >= SMALLEST)];
}

function apart(one, other) {
  return one[2] < other[0] || other[2] < one[0] || one[3] < other[1] || other[3] < one[1];
}

// Vertices that were there before are found again.
function snapped(ring, known, reach) {
  return ring.map((point) => {
    let best = { far: reach, vertex: point };
    for (const vertex of known) {
      const far = distance(point, vertex);
      if (far < best.far) best = { far, vertex };
    }
    return best.vertex;
  });
}
