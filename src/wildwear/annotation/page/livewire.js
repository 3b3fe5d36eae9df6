// The way between two points that keeps to the edges of the photo, for the magnetic outline.
// Source: Mortensen and Barrett, "Intelligent scissors for image composition", SIGGRAPH 1995; costs are the
// gradient alone, and the search stays in a box around the two points.

import { simplifiedLine } from "./geometry.js";

const LONG_SIDE = 1000; // pixels of the photo that gradients are taken of
const ROOM = 24; // how far around the two points the way may lead, in these pixels
const LARGEST = 120_000; // pixels of a box: above it the way is straight, so that the cursor never waits
const COARSE = 0.8; // pixels that the line may leave the way for the sake of few points
const CLEAR = 0.2; // how much less than 1 the cost of an edge is that draws a point to it
const FLAT = 0.06; // cost of a strong edge: a way along it may be 1 / FLAT times longer than a straight one

export class Livewire {
  // image: an HTMLImageElement that has loaded; size: {width, height} of the photo.
  constructor(image, { width, height }) {
    this.scale = Math.min(1, LONG_SIDE / Math.max(width, height));
    this.width = Math.max(1, Math.round(width * this.scale));
    this.height = Math.max(1, Math.round(height * this.scale));
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: this.width, height: this.height });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(image, 0, 0, this.width, this.height);
    this.cost = costs(context.getImageData(0, 0, this.width, this.height).data, this.width, this.height);
  }

  // Where the strongest edge within reach of a point runs; the point itself where all is flat.
  edge(point, reach) {
    const [x, y] = point.map((value, axis) => clip(value * this.scale, axis ? this.height : this.width));
    const radius = Math.round(reach * this.scale);
    let best = { cost: 1 - CLEAR, at: null };
    for (let ny = Math.max(y - radius, 0); ny <= Math.min(y + radius, this.height - 1); ny++) {
      for (let nx = Math.max(x - radius, 0); nx <= Math.min(x + radius, this.width - 1); nx++) {
        const cost = this.cost[ny * this.width + nx] + (CLEAR * Math.hypot(nx - x, ny - y)) / (radius + 1);
        if (cost < best.cost) best = { cost, at: [nx, ny] };
      }
    }
    return best.at ? best.at.map((value) => (value + 0.5) / this.scale) : point;
  }

  // Points behind `from` up to and with `to`, in pixels of the photo.
  way(from, to) {
    const place = ([x, y]) => [clip(x * this.scale, this.width), clip(y * this.scale, this.height)];
    const [a, b] = [place(from), place(to)];
    const found = this.#search(a, b);
    if (!found) return [to];
    const points = smoothed(found).map(([x, y]) => [(x + 0.5) / this.scale, (y + 0.5) / this.scale]);
    return simplifiedLine([from, ...points.slice(1, -1), to], COARSE / this.scale).slice(1);
  }

  // Dijkstra's way from b back to a, so that it comes out in order.
  #search(a, b) {
    const [left, top] = [Math.max(Math.min(a[0], b[0]) - ROOM, 0), Math.max(Math.min(a[1], b[1]) - ROOM, 0)];
    const columns = Math.min(Math.max(a[0], b[0]) + ROOM, this.width - 1) - left + 1;
    const rows = Math.min(Math.max(a[1], b[1]) + ROOM, this.height - 1) - top + 1;
    if (columns * rows > LARGEST) return null;
    const far = new Float64Array(columns * rows).fill(Infinity);
    const behind = new Int32Array(columns * rows).fill(-1);
    const start = (b[1] - top) * columns + b[0] - left;
    const goal = (a[1] - top) * columns + a[0] - left;
    const waiting = new Heap();
    far[start] = 0;
    waiting.push(0, start);
    while (waiting.size) {
      const cost = waiting.least;
      const at = waiting.pop();
      if (at === goal) break;
      if (cost > far[at]) continue;
      const x = at % columns;
      const y = (at - x) / columns;
      for (let ny = Math.max(y - 1, 0); ny <= y + 1 && ny < rows; ny++) {
        for (let nx = Math.max(x - 1, 0); nx <= x + 1 && nx < columns; nx++) {
          const there = ny * columns + nx;
          if (there === at) continue;
          const total = cost + this.cost[(ny + top) * this.width + nx + left] * (nx !== x && ny !== y ? Math.SQRT2 : 1);
          if (total < far[there]) {
            far[there] = total;
            behind[there] = at;
            waiting.push(total, there);
          }
        }
      }
    }
    const way = [];
    for (let at = goal; at >= 0; at = behind[at]) way.push([(at % columns) + left, Math.floor(at / columns) + top]);
    return way;
  }
}

function clip(value, size) {
  return Math.min(Math.max(Math.floor(value), 0), size - 1);
}

// A way from pixel to pixel without its steps: each point in the middle of five.
function smoothed(way) {
  return way.map((_, i) => {
    const near = way.slice(Math.max(i - 2, 0), i + 3);
    return [0, 1].map((axis) => near.reduce((sum, point) => sum + point[axis], 0) / near.length);
  });
}

// Of each pixel: 1 where the photo is flat, FLAT at an edge half as strong as the strongest. The gradient
// is Sobel's, of whichever colour changes most.
function costs(pixels, width, height) {
  const gradient = new Float32Array(width * height);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = 4 * (y * width + x);
      let strongest = 0;
      for (let c = at; c < at + 3; c++) {
        const up = c - 4 * width;
        const down = c + 4 * width;
        const gx = pixels[up + 4] - pixels[up - 4] + 2 * (pixels[c + 4] - pixels[c - 4]) + pixels[down + 4] - pixels[down - 4];
        const gy = pixels[down - 4] - pixels[up - 4] + 2 * (pixels[down] - pixels[up]) + pixels[down + 4] - pixels[up + 4];
        strongest = Math.max(strongest, gx * gx + gy * gy);
      }
      gradient[at / 4] = Math.sqrt(strongest);
    }
  }
  const strong = gradient.reduce((most, value) => Math.max(most, value), 1) / 2;
  return gradient.map((value) => 1 - (1 - FLAT) * Math.min(Math.sqrt(value / strong), 1));
}

// Values by their keys, the least first.
class Heap {
  #keys = [];
  #values = [];

  get size() {
    return this.#keys.length;
  }

  // The least key.
  get least() {
    return this.#keys[0];
  }

  push(key, value) {
    let at = this.#keys.length;
    while (at) {
      const parent = (at - 1) >> 1;
      if (this.#keys[parent] <= key) break;
      this.#keys[at] = this.#keys[parent];
      this.#values[at] = this.#values[parent];
      at = parent;
    }
    this.#keys[at] = key;
    this.#values[at] = value;
  }

  // The value of the least key, which goes.
  pop() {
    const value = this.#values[0];
    const lastKey = this.#keys.pop();
    const lastValue = this.#values.pop();
    const size = this.#keys.length;
    if (!size) return value;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && this.#keys[child + 1] < this.#keys[child]) child += 1;
      if (this.#keys[child] >= lastKey) break;
      this.#keys[at] = this.#keys[child];
      this.#values[at] = this.#values[child];
      at = child;
    }
    this.#keys[at] = lastKey;
    this.#values[at] = lastValue;
    return value;
  }
}
