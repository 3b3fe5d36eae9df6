// Names for garments: those with a number, and all 30 in their groups, found by a few letters.

import { $, dot, make } from "./dom.js";

const SLOTS = 9; // names that have a number
const RECENT = "recent"; // where this browser keeps what was used last

export class Categories extends EventTarget {
  #all;
  #byId;
  #recent; // ids, the last used first
  #slots; // ids by number: they keep their place while they are among those used lately
  #likely = []; // ids, for what is selected
  #current = null; // id of what is selected
  #active = -1; // place in the list that Enter takes; none where nothing is typed and no arrow was pressed
  #listed = [];

  // all: {id, name, group, colour, definition, synonyms} each. Event "choose" with the id.
  constructor(all) {
    super();
    this.#all = all;
    this.#byId = new Map(all.map((one) => [one.id, one]));
    this.#recent = JSON.parse(localStorage.getItem(RECENT) ?? "[]").filter((id) => this.#byId.has(id));
    this.#slots = this.#recent.slice(0, SLOTS);
    const input = $("category");
    input.addEventListener("input", () => this.#list());
    input.addEventListener("focus", () => this.#list());
    input.addEventListener("keydown", (event) => this.#key(event));
    this.#list();
  }

  name(id) {
    return id === null ? "no name yet" : (this.#byId.get(id)?.name.replaceAll("_", " ") ?? `category ${id}`);
  }

  colour(id) {
    return this.#byId.get(id)?.colour ?? "#e8e6e1";
  }

  get all() {
    return this.#all;
  }

  // What is selected: its category, and the likeliest of it.
  show(current, likely) {
    if (current === this.#current && String(likely) === String(this.#likely)) return;
    [this.#current, this.#likely] = [current, likely];
    this.#list();
  }

  // The id with a number, or undefined.
  slot(number) {
    return this.#numbered()[number - 1];
  }

  used(id) {
    this.#recent = [id, ...this.#recent.filter((one) => one !== id)];
    localStorage.setItem(RECENT, JSON.stringify(this.#recent));
    if (!this.#slots.includes(id)) {
      const oldest = this.#recent.findLast((one) => this.#slots.includes(one));
      this.#slots[this.#slots.length < SLOTS ? this.#slots.length : this.#slots.indexOf(oldest)] = id;
    }
    this.#list();
  }

  // To the field where names are typed.
  ask() {
    $("category").value = "";
    $("category").focus();
    this.#list();
  }

  #numbered() {
    return [...this.#likely, ...this.#slots.filter((id) => !this.#likely.includes(id))].slice(0, SLOTS);
  }

  // What the letters may mean, best first; without letters, all: likeliest, last used, then by group.
  #found(typed) {
    if (!typed) {
      const first = [...this.#likely, ...this.#recent.filter((id) => !this.#likely.includes(id))].slice(0, SLOTS);
      const sections = first.length ? [[this.#likely.length ? "likeliest, last used" : "last used", first.map((id) => this.#byId.get(id))]] : [];
      const groups = Map.groupBy(this.#all.filter((one) => !first.includes(one.id)), (one) => one.group);
      return [...sections, ...groups];
    }
    const ranked = this.#all.map((one) => [rank(typed, one), one]).filter(([place]) => place >= 0);
    return [["found", ranked.sort((a, b) => a[0] - b[0]).map(([, one]) => one)]];
  }

  #list() {
    const typed = $("category").value.trim().toLowerCase();
    const found = this.#found(typed);
    this.#listed = found.flatMap(([, some]) => some);
    const numbered = this.#numbered();
    $("categories").replaceChildren(...found.map(([title, some]) => {
      const heading = `group-${title.replaceAll(/\W+/g, "-")}`;
      return make("div", { role: "group", "aria-labelledby": heading },
        make("p", { id: heading, class: "group", role: "presentation" }, title),
        ...some.map((one) => this.#option(one, numbered.indexOf(one.id) + 1)));
    }));
    $("no-category").hidden = this.#listed.length > 0;
    this.#point(typed ? 0 : -1);
  }

  #option(one, digit) {
    const option = make("div", { role: "option", id: `category-${one.id}`, "aria-selected": one.id === this.#current, title: one.definition ?? "" },
      dot(one.colour), make("span", {}, this.name(one.id)), ...(digit ? [make("kbd", { "aria-hidden": "true" }, digit)] : []));
    option.addEventListener("click", () => this.#choose(one.id));
    option.addEventListener("pointerenter", () => this.#define(one));
    option.addEventListener("pointerleave", () => this.#define(this.#listed[this.#active]));
    return option;
  }

  #point(at) {
    this.#active = at;
    const one = this.#listed[at];
    for (const option of $("categories").querySelectorAll(".active")) option.classList.remove("active");
    this.#define(one);
    if (!one || document.activeElement !== $("category")) return $("category").removeAttribute("aria-activedescendant");
    $("category").setAttribute("aria-activedescendant", `category-${one.id}`);
    const option = $(`category-${one.id}`);
    option.classList.add("active");
    option.scrollIntoView({ block: "nearest" });
  }

  #define(one) {
    $("definition").textContent = (one ?? this.#byId.get(this.#current))?.definition ?? "";
  }

  #choose(id) {
    $("category").value = "";
    this.dispatchEvent(new CustomEvent("choose", { detail: id }));
  }

  #key(event) {
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      const from = key === "ArrowDown" ? this.#active : Math.max(this.#active, 0);
      this.#point((from + (key === "ArrowDown" ? 1 : -1) + this.#listed.length) % Math.max(this.#listed.length, 1));
    } else if (key === "Enter" && this.#listed[this.#active]) {
      this.#choose(this.#listed[this.#active].id);
    } else if (key === "Escape" || (key === "Enter" && !$("category").value.trim())) {
      $("category").value = "";
      this.#list();
      this.dispatchEvent(new CustomEvent("leave"));
    } else if (/^[1-9]$/.test(key) && !$("category").value) {
      if (this.slot(Number(key)) !== undefined) this.#choose(this.slot(Number(key)));
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}

// How well letters name a category, 0 the best; -1 where not at all.
function rank(typed, { name, synonyms, group }) {
  const words = name.replaceAll("_", " ").toLowerCase();
  const others = synonyms.map((one) => one.toLowerCase());
  if (words.startsWith(typed)) return 0;
  if (words.split(" ").some((word) => word.startsWith(typed))) return 1;
  if (others.some((one) => one.startsWith(typed))) return 2;
  if (words.includes(typed) || others.some((one) => one.includes(typed))) return 3;
  return group.toLowerCase().startsWith(typed) ? 4 : -1;
}
