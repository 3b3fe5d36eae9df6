// Points, rings and parts in pixels of the photo. A ring is open: its last point is not its first. A part is a
// ring and its holes, [ring, hole, hole…]; an instance has several.

export const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

export function rounded(parts) {
  return parts.map((part) => part.map((ring) => ring.map(([x, y]) => [Math.round(x * 100) / 100, Math.round(y * 100) / 100])));
}

export function clamped([x, y], { width, height }) {
  return [Math.min(Math.max(x, 0), width), Math.min(Math.max(y, 0), height)];
}

export function mapped(parts, change) {
  return parts.map((part, p) => part.map((ring, r) => ring.map((point, i) => change(point, p, r, i))));
}

export function ringsOf(parts) {
  return parts.flat();
}

// As the `d` of an SVG path.
export function pathOf(parts) {
  return ringsOf(parts).map((ring) => `M${ring.map(([x, y]) => `${x} ${y}`).join("L")}Z`).join("");
}

// [left, top, right, bottom] of some points.
export function boxOf(points) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x);
    bottom = Math.max(bottom, y);
  }
  return [left, top, right, bottom];
}

// Positive where the ring runs clockwise as one sees it (y points down).
export function signedArea(ring) {
  let twice = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) twice += ring[j][0] * ring[i][1] - ring[i][0] * ring[j][1];
  return twice / 2;
}

export function areaOf(parts) {
  return parts.reduce((sum, [ring, ...holes]) => sum + Math.abs(signedArea(ring)) - holes.reduce((all, hole) => all + Math.abs(signedArea(hole)), 0), 0);
}

export function inRing([x, y], ring) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [a, b] = [ring[i], ring[j]];
    if (a[1] > y !== b[1] > y && x < ((b[0] - a[0]) * (y - a[1])) / (b[1] - a[1]) + a[0]) inside = !inside;
  }
  return inside;
}

export function inParts(point, parts) {
  return parts.some(([ring, ...holes]) => inRing(point, ring) && !holes.some((hole) => inRing(point, hole)));
}

// The point of the segment a–b that lies nearest.
export function nearestOnSegment(point, a, b) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const long = dx * dx + dy * dy;
  const along = long ? Math.min(Math.max(((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / long, 0), 1) : 0;
  return [a[0] + along * dx, a[1] + along * dy];
}

// The vertex within reach that lies nearest: {part, ring, index, point}, or null.
export function nearestVertex(point, parts, reach) {
  let best = null;
  parts.forEach((part, p) => part.forEach((ring, r) => ring.forEach((vertex, i) => {
    const far = distance(point, vertex);
    if (far <= reach && (!best || far < best.far)) best = { part: p, ring: r, index: i, point: vertex, far };
  })));
  return best;
}

// The place on a border within reach that lies nearest: {part, ring, index, point}; it lies behind vertex `index`.
export function nearestBorder(point, parts, reach) {
  let best = null;
  parts.forEach((part, p) => part.forEach((ring, r) => ring.forEach((vertex, i) => {
    const on = nearestOnSegment(point, vertex, ring[(i + 1) % ring.length]);
    const far = distance(point, on);
    if (far <= reach && (!best || far < best.far)) best = { part: p, ring: r, index: i, point: on, far };
  })));
  return best;
}

// The vertices of a ring between two places on its border (each behind vertex `index`), the shorter way round.
export function along(ring, from, to) {
  const size = ring.length;
  const [forward, backward] = [[], []];
  for (let i = from.index; i !== to.index; ) forward.push(ring[(i = (i + 1) % size)]);
  for (let i = from.index; i !== to.index; i = (i - 1 + size) % size) backward.push(ring[i]);
  const length = (points) => [...points, to.point].reduce((sum, point, i, all) => sum + distance(point, i ? all[i - 1] : from.point), 0);
  return length(forward) <= length(backward) ? forward : backward;
}

// A line of fewer points, nowhere further from the old one than `tolerance`; its ends stay.
// Source: Douglas and Peucker, "Algorithms for the reduction of the number of points", Cartographica 1973.
export function simplifiedLine(points, tolerance) {
  if (points.length < 3) return points;
  const kept = new Uint8Array(points.length);
  kept[0] = kept[points.length - 1] = 1;
  const spans = [[0, points.length - 1]];
  while (spans.length) {
    const [first, last] = spans.pop();
    let [worst, at] = [tolerance, -1];
    for (let i = first + 1; i < last; i++) {
      const far = distance(points[i], nearestOnSegment(points[i], points[first], points[last]));
      if (far > worst) [worst, at] = [far, i];
    }
    if (at < 0) continue;
    kept[at] = 1;
    spans.push([first, at], [at, last]);
  }
  return points.filter((_, i) => kept[i]);
}

export function simplifiedRing(ring, tolerance) {
  if (ring.length < 5) return ring;
  const far = ring.reduce((best, point, i) => (distance(point, ring[0]) > distance(ring[best], ring[0]) ? i : best), 0);
  const there = simplifiedLine(ring.slice(0, far + 1), tolerance);
  const back = simplifiedLine([...ring.slice(far), ring[0]], tolerance);
  return [...there, ...back.slice(1, -1)];
}

// How far a border may move for the sake of few vertices: 0.6 px of a photo of 578, 2 px at most.
export function toleranceFor({ width, height }) {
  return Math.min(Math.max(Math.max(width, height) / 960, 0.5), 2);
}

// Parts as far as the photo reaches.
export function withinPhoto(parts, photo) {
  return mapped(parts, (point) => clamped(point, photo));
}

// A ring without points on top of each other; null where fewer than three are left.
export function cleanRing(ring) {
  const clean = ring.filter((point, i) => distance(point, ring[(i + 1) % ring.length]) > 0.05);
  return clean.length >= 3 && Math.abs(signedArea(clean)) > 0.5 ? clean : null;
}
