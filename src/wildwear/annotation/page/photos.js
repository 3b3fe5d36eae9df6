// The list of photos: filtered, searched, and only as much of it in the document as is in sight.

import { imageOf, thumbnailOf } from "./api.js";
import { $, counted, make, number } from "./dom.js";

const ROW = 60; // pixels, as in annotate.css
const AROUND = 6; // rows kept above and below what is in sight
const WORDS = { todo: "to do", done: "done", skipped: "skipped" };

export class Photos extends EventTarget {
  #all;
  #byId;
  #listed = [];
  #current = null;
  #rows = new Map(); // place in the list → element
  #pictured = false; // whether thumbnails are asked for
  #name;
  #ahead = null; // the picture of the next photo, so that it is there when it is wanted

  // all: as /api/photos says; name: of a category, by its id. Event "open" with a photo.
  constructor(all, name) {
    super();
    this.#all = all;
    this.#byId = new Map(all.map((one) => [one.id, one]));
    for (const one of all) one.searched = one.name.toLowerCase();
    const used = new Set(all.flatMap((one) => one.categories));
    this.#name = name;
    this.#offer("by-category", [...used].sort((a, b) => name(a).localeCompare(name(b))).map((id) => [id, name(id)]));
    $("ambiguous-row").hidden = !all.some((one) => one.ambiguous !== null);
    for (const id of ["by-status", "by-category", "by-flag", "ambiguous"]) $(id).addEventListener("change", () => this.filter());
    $("search").addEventListener("input", () => this.filter());
    $("clear").addEventListener("click", () => this.#clear());
    $("photos").addEventListener("scroll", () => this.#draw(), { passive: true });
    $("photos").addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.#draw()).observe($("photos"));
    this.filter();
  }

  photo(id) {
    return this.#byId.get(id);
  }

  get first() {
    return this.#listed.find((one) => one.status === "todo") ?? this.#listed[0] ?? this.#all[0];
  }

  filter() {
    const [status, category, flag] = ["by-status", "by-category", "by-flag"].map((id) => $(id).value);
    const text = $("search").value.trim().toLowerCase();
    this.#listed = this.#all.filter((one) =>
      (!status || one.status === status) &&
      (!category || one.categories.includes(Number(category))) &&
      (!flag || one.flags.includes(flag)) &&
      (!text || one.searched.includes(text)));
    if (!$("ambiguous-row").hidden && $("ambiguous").checked) this.#listed.sort((a, b) => (b.ambiguous ?? -1) - (a.ambiguous ?? -1));
    const filtered = status || category || flag || text;
    $("listed").textContent = filtered ? `${number.format(this.#listed.length)} of ${counted(this.#all.length, "photo")}` : counted(this.#all.length, "photo");
    $("clear").hidden = !filtered;
    for (const row of this.#rows.values()) row.remove();
    this.#rows.clear();
    $("photos-room").style.height = `${this.#listed.length * ROW}px`;
    $("photos").scrollTop = 0;
    this.#reveal();
    this.#draw();
  }

  // Opens the photo `by` places on in the list; where the one on the desk is filtered out, the first one.
  step(by) {
    const at = this.#listed.findIndex((one) => one.id === this.#current);
    const next = this.#listed[at < 0 ? 0 : at + by];
    if (next) this.#open(next);
    return Boolean(next);
  }

  // The next that is to be done, behind this one and then from the top; false where all is done.
  stepToDo() {
    const at = this.#listed.findIndex((one) => one.id === this.#current);
    const order = [...this.#listed.slice(at + 1), ...this.#listed.slice(0, Math.max(at, 0))];
    const next = order.find((one) => one.status === "todo");
    if (next) this.#open(next);
    return Boolean(next);
  }

  show(id) {
    this.#current = id;
    this.#reveal();
    this.#draw({ anew: true });
  }

  // Asks for thumbnails, and for the photo behind the one on the desk: after that one, which people wait for.
  picture() {
    this.#pictured = true;
    this.#draw({ anew: true });
    const next = this.#listed[this.#listed.findIndex((one) => one.id === this.#current) + 1];
    if (next) this.#ahead = Object.assign(new Image(), { src: imageOf(next.id) });
  }

  // What stands on a photo has changed.
  update(id, summary) {
    Object.assign(this.#byId.get(id), summary);
    for (const category of summary.categories) {
      if (![...$("by-category").options].some((option) => option.value === String(category))) this.#offer("by-category", [[category, this.#name(category)]]);
    }
    this.#draw({ anew: true });
  }

  #offer(id, values) {
    $(id).append(...values.map(([value, text]) => make("option", { value }, text)));
  }

  #clear() {
    for (const id of ["by-status", "by-category", "by-flag", "search"]) $(id).value = "";
    this.filter();
  }

  #open(photo) {
    this.dispatchEvent(new CustomEvent("open", { detail: photo }));
  }

  // Scrolls so that the current photo is in sight.
  #reveal() {
    const at = this.#listed.findIndex((one) => one.id === this.#current);
    const list = $("photos");
    if (at < 0) return;
    if (at * ROW < list.scrollTop) list.scrollTop = at * ROW;
    if ((at + 1) * ROW > list.scrollTop + list.clientHeight) list.scrollTop = (at + 1) * ROW - list.clientHeight;
  }

  #draw({ anew = false } = {}) {
    const list = $("photos");
    const from = Math.max(Math.floor(list.scrollTop / ROW) - AROUND, 0);
    const to = Math.min(Math.ceil((list.scrollTop + list.clientHeight) / ROW) + AROUND, this.#listed.length);
    for (const [at, row] of this.#rows) {
      if (at >= from && at < to) continue;
      row.remove();
      this.#rows.delete(at);
    }
    for (let at = from; at < to; at++) {
      if (!this.#rows.has(at)) {
        const row = this.#row(this.#listed[at], at);
        this.#rows.set(at, row);
        $("photos-room").append(row);
        this.#dress(row, this.#listed[at]);
      } else if (anew) {
        this.#dress(this.#rows.get(at), this.#listed[at]);
      }
    }
    const current = $(`photo-${this.#current}`);
    if (current) list.setAttribute("aria-activedescendant", current.id);
    else list.removeAttribute("aria-activedescendant");
  }

  #row(photo, at) {
    const picture = make("img", { alt: "", loading: "lazy", decoding: "async", width: 48, height: 48 });
    picture.addEventListener("error", () => picture.classList.add("missing"));
    const row = make("div", { role: "option", id: `photo-${photo.id}`, "aria-setsize": this.#listed.length, "aria-posinset": at + 1 },
      picture, make("b", { title: photo.name }, photo.name), make("small", {}));
    row.style.top = `${at * ROW}px`;
    row.addEventListener("click", () => this.#open(photo));
    return row;
  }

  #dress(row, photo) {
    const picture = row.querySelector("img");
    if (this.#pictured && !picture.src) picture.src = thumbnailOf(photo.id);
    row.setAttribute("aria-selected", photo.id === this.#current);
    row.dataset.status = photo.status;
    row.querySelector("small").textContent = [WORDS[photo.status], photo.instances ? counted(photo.instances, "garment") : ""].filter(Boolean).join(" · ");
  }

  #key(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    this.step(by);
    event.preventDefault();
    event.stopPropagation();
  }
}
