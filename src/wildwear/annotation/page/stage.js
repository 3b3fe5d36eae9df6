// The surface that is drawn on: where the photo lies under it, and which pointer does what. One pointer works
// with the tool; two fingers, the wheel, the middle button or the space bar move the photo.

const MARGIN = 20; // screen pixels around a photo that fits
const SMALLEST = 0.05; // screen pixels a pixel of the photo
const LARGEST = 40;
const REACH = { mouse: 8, pen: 10, touch: 20 }; // screen pixels: what is nearer is meant
const DOUBLE = 350; // milliseconds between the presses of a double click
const SLIP = 6; // screen pixels between them
const A_LINE = 16; // pixels, where a wheel turns by lines

export class Stage extends EventTarget {
  tool = null;
  scale = 1;
  offset = [0, 0]; // of the photo's corner, in screen pixels
  spaced = false; // whether the space bar is held
  #svg;
  #world;
  #size = { width: 1, height: 1 };
  #fitted = true;
  #pointers = new Map(); // id → the last event
  #panning = null; // id of the pointer that moves the photo
  #working = null; // id of the pointer that the tool has
  #mouse = null; // its last event over the surface
  #pressed = null; // the last press, if a second one makes it a double click

  constructor(svg, world) {
    super();
    this.#svg = svg;
    this.#world = world;
    svg.addEventListener("pointerdown", (event) => this.#down(event));
    svg.addEventListener("pointermove", (event) => this.#move(event));
    svg.addEventListener("pointerup", (event) => this.#up(event));
    svg.addEventListener("pointercancel", (event) => this.#lost(event));
    svg.addEventListener("pointerleave", () => this.#left());
    svg.addEventListener("contextmenu", (event) => event.preventDefault());
    svg.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    new ResizeObserver(() => (this.#fitted ? this.fit() : this.#place())).observe(svg);
  }

  // Another photo: {width, height} in pixels.
  show(size) {
    this.#size = size;
    this.fit();
  }

  fit() {
    const { width, height } = this.#svg.getBoundingClientRect();
    if (!width || !height) return;
    this.scale = Math.min((width - 2 * MARGIN) / this.#size.width, (height - 2 * MARGIN) / this.#size.height, LARGEST);
    this.offset = [(width - this.#size.width * this.scale) / 2, (height - this.#size.height * this.scale) / 2];
    this.#fitted = true;
    this.#place();
  }

  // By a factor, around a point of the surface (its middle by default).
  zoom(factor, at = this.#middle()) {
    const scale = Math.min(Math.max(this.scale * factor, SMALLEST), LARGEST);
    this.offset = this.offset.map((value, i) => at[i] - ((at[i] - value) * scale) / this.scale);
    this.scale = scale;
    this.#fitted = false;
    this.#place();
  }

  pan(dx, dy) {
    this.offset = [this.offset[0] + dx, this.offset[1] + dy];
    this.#fitted = false;
    this.#place();
  }

  // So that a box of the photo, [left, top, right, bottom], is large.
  zoomTo([left, top, right, bottom]) {
    const { width, height } = this.#svg.getBoundingClientRect();
    this.scale = Math.min((0.6 * width) / Math.max(right - left, 1), (0.6 * height) / Math.max(bottom - top, 1), LARGEST / 4);
    this.offset = [width / 2 - ((left + right) / 2) * this.scale, height / 2 - ((top + bottom) / 2) * this.scale];
    this.#fitted = false;
    this.#place();
  }

  // The point of the photo that the mouse is at, or null.
  get cursor() {
    return this.#mouse && this.at(this.#mouse).point;
  }

  // An event as tools know it: the point in pixels of the photo, and how far around it is meant.
  at(event) {
    const box = this.#svg.getBoundingClientRect();
    const screen = [event.clientX - box.left, event.clientY - box.top];
    const point = screen.map((value, i) => (value - this.offset[i]) / this.scale);
    const { shiftKey: shift, altKey: alt } = event;
    return { point, screen, reach: REACH[event.pointerType] / this.scale, shift, alt, touch: event.pointerType === "touch" };
  }

  #middle() {
    const { width, height } = this.#svg.getBoundingClientRect();
    return [width / 2, height / 2];
  }

  #place() {
    this.#world.setAttribute("transform", `matrix(${this.scale} 0 0 ${this.scale} ${this.offset[0]} ${this.offset[1]})`);
    this.#world.classList.toggle("magnified", this.scale > 3);
    this.dispatchEvent(new Event("place"));
  }

  #down(event) {
    this.#svg.focus({ preventScroll: true });
    event.preventDefault();
    this.#svg.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, event);
    if (this.#pointers.size > 1) return this.#giveUp();
    if (event.button === 1 || event.button === 2 || this.spaced) this.#panning = event.pointerId;
    else if (event.button === 0) this.#press(event);
    this.#svg.classList.toggle("panning", this.#panning !== null);
  }

  #left() {
    this.#mouse = null;
    if (this.#working === null) this.tool?.leave?.();
  }

  #move(event) {
    if (event.pointerType === "mouse") this.#mouse = event;
    const before = this.#pointers.get(event.pointerId);
    if (before) {
      if (this.#pointers.size === 2) this.#pinch(event);
      else if (this.#panning === event.pointerId) this.pan(event.clientX - before.clientX, event.clientY - before.clientY);
      this.#pointers.set(event.pointerId, event);
    }
    if (this.#pointers.size > 1 || this.#panning !== null) return;
    // A fast hand: the places between two frames count as well.
    const all = this.#working === event.pointerId ? (event.getCoalescedEvents?.() ?? []) : [];
    for (const one of all.length ? all : [event]) this.tool?.move?.(this.at(one));
    this.dispatchEvent(new CustomEvent("point", { detail: this.at(event) }));
  }

  #up(event) {
    if (this.#working === event.pointerId) {
      this.#working = null;
      this.tool?.up?.(this.at(event));
    }
    this.#forget(event);
  }

  #lost(event) {
    if (this.#working === event.pointerId) this.#giveUp();
    this.#forget(event);
  }

  #forget(event) {
    this.#pointers.delete(event.pointerId);
    if (this.#panning === event.pointerId) this.#panning = null;
    this.#svg.classList.toggle("panning", this.#panning !== null);
  }

  // `detail` of pointer events does not tell a double click.
  #press(event) {
    this.#working = event.pointerId;
    const last = this.#pressed;
    const double = last !== null && event.timeStamp - last.timeStamp < DOUBLE && Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY) < SLIP;
    this.#pressed = double ? null : event;
    this.tool?.down?.({ ...this.at(event), double });
  }

  // A second finger came: what the first began was no stroke.
  #giveUp() {
    if (this.#working !== null) this.tool?.lose?.();
    this.#working = null;
  }

  // Two fingers: the points under them stay under them.
  #pinch(event) {
    const [one, other] = [...this.#pointers.values()];
    const still = one.pointerId === event.pointerId ? other : one;
    const before = this.#pointers.get(event.pointerId);
    const span = (a) => Math.hypot(a.clientX - still.clientX, a.clientY - still.clientY);
    const box = this.#svg.getBoundingClientRect();
    const middle = [(event.clientX + still.clientX) / 2 - box.left, (event.clientY + still.clientY) / 2 - box.top];
    this.pan((event.clientX - before.clientX) / 2, (event.clientY - before.clientY) / 2);
    this.zoom(span(event) / Math.max(span(before), 1), middle);
  }

  #wheel(event) {
    event.preventDefault();
    const turned = event.deltaY * (event.deltaMode === 1 ? A_LINE : 1);
    const { screen } = this.at(event);
    if (event.shiftKey) this.pan(-turned, 0);
    else this.zoom(Math.exp(-turned * (event.ctrlKey ? 0.01 : 0.0015)), screen); // a pinch on a touchpad comes with Ctrl
  }
}
