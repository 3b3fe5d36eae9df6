// From coverage (how much of each pixel lies inside, 0 to 255) to rings, to a tenth of a pixel.
// Source: marching squares, Lorensen and Cline, "Marching cubes", SIGGRAPH 1987, in two dimensions.

import { inRing, signedArea } from "./geometry.js";

const HALF = 127.5;

// Which sides of a square of four pixel centres a border enters and leaves by, the inside on its left. Corners
// inside: 1 top left, 2 top right, 4 bottom right, 8 bottom left.
const CROSSINGS = [
  "", "LT", "TR", "LR", "RB", "LTRB", "TB", "LB",
  "BL", "BT", "TRBL", "BR", "RL", "RT", "TL", "",
];

// Parts ([ring, hole…] each) of what is covered by more than half; its edge rows and columns must be 0.
export function contours(coverage, width, height) {
  const next = new Map(); // from one crossing of the grid to the one behind it
  for (let y = 0; y < height - 1; y++) {
    for (let x = 0; x < width - 1; x++) {
      const at = y * width + x;
      const corners = (coverage[at] > HALF) | ((coverage[at + 1] > HALF) << 1) | ((coverage[at + width + 1] > HALF) << 2) | ((coverage[at + width] > HALF) << 3);
      if (corners === 0 || corners === 15) continue;
      const sides = { T: 2 * at, L: 2 * at + 1, B: 2 * (at + width), R: 2 * (at + 1) + 1 };
      const crossing = CROSSINGS[corners];
      for (let i = 0; i < crossing.length; i += 2) next.set(sides[crossing[i]], sides[crossing[i + 1]]);
    }
  }
  return nested(rings(next, coverage, width));
}

function rings(next, coverage, width) {
  const found = [];
  for (const start of next.keys()) {
    const ring = [];
    for (let at = start; next.has(at); ) {
      const [x, y] = [(at >> 1) % width, Math.floor((at >> 1) / width)];
      const [here, there] = [coverage[at >> 1], coverage[(at >> 1) + (at & 1 ? width : 1)]];
      const share = (HALF - here) / (there - here);
      ring.push(at & 1 ? [x + 0.5, y + 0.5 + share] : [x + 0.5 + share, y + 0.5]);
      const behind = next.get(at);
      next.delete(at);
      at = behind;
    }
    if (ring.length >= 3) found.push(ring);
  }
  return found;
}

// Each hole with the smallest ring around it.
function nested(rings) {
  const parts = rings.filter((ring) => signedArea(ring) < 0).map((ring) => [ring]);
  parts.sort((a, b) => Math.abs(signedArea(a[0])) - Math.abs(signedArea(b[0])));
  for (const hole of rings.filter((ring) => signedArea(ring) > 0)) parts.find(([ring]) => inRing(hole[0], ring))?.push(hole);
  return parts;
}
