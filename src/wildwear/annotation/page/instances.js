// The garments of the photo as a list, the top layer first.

import { $, button, dot, make } from "./dom.js";

const SIGNS = { occluded: "occluded", truncated: "cut off", doubtful: "doubtful" };

export class Instances {
  #editor;
  #categories;
  #shown = "";

  constructor(editor, categories) {
    this.#editor = editor;
    this.#categories = categories;
    editor.addEventListener("show", () => this.#draw());
  }

  #draw() {
    const editor = this.#editor;
    const instances = [...editor.work.instances].reverse();
    const rows = [...editor.openProposals.map((one) => this.#row(one, true)), ...instances.map((one) => this.#row(one, false))];
    const state = JSON.stringify(rows);
    if (state === this.#shown) return;
    this.#shown = state;
    const focused = document.activeElement?.closest("#instances li")?.dataset.id;
    $("instances").replaceChildren(...rows.map((row) => this.#item(row)));
    $("no-instances").hidden = rows.length > 0;
    if (focused) $("instances").querySelector(`[data-id="${CSS.escape(focused)}"] button`)?.focus();
    $("instances").querySelector(".selected")?.scrollIntoView({ block: "nearest" });
  }

  // What a row shows, as plain values, so that it is made anew only when that changes.
  #row(one, isProposal) {
    const flags = Object.keys(SIGNS).filter((flag) => one.flags[flag]).map((flag) => SIGNS[flag]);
    const was = one.original?.label ? [`was ${one.original.label}`] : [];
    const remark = one.original?.remark ? [one.original.remark] : [];
    return {
      id: one.id,
      name: one.judged ? this.#categories.name(one.category) : "not judged",
      colour: one.judged ? this.#categories.colour(one.category) : "#888",
      notes: [...(isProposal ? ["proposed"] : []), ...(one.parts.length > 1 ? [`${one.parts.length} parts`] : []), ...flags, ...was, ...remark].join(", "),
      nameless: one.judged && one.category === null,
      isProposal,
      hidden: this.#editor.hidden.has(one.id),
      selected: this.#editor.selected.includes(one.id),
    };
  }

  #item({ id, name, colour, notes, nameless, isProposal, hidden, selected }) {
    const said = [dot(colour), make("span", {}, name), ...(notes ? [make("small", {}, notes)] : [])];
    const pick = make("button", { type: "button", class: "pick", "aria-pressed": selected }, ...said);
    pick.addEventListener("click", (event) => this.#pick(id, event.shiftKey));
    const see = button("", () => this.#see(id), { class: "eye", "aria-pressed": hidden, "aria-label": `Hide ${name}`, title: hidden ? "Show" : "Hide" });
    see.append(make("svg", { class: "icon", "aria-hidden": "true" }, make("use", { href: hidden ? "#icon-closed" : "#icon-eye" })));
    const kinds = Object.entries({ selected, nameless, proposal: isProposal, hidden }).filter(([, is]) => is).map(([kind]) => kind);
    return make("li", { class: kinds.join(" "), "data-id": id }, pick, see);
  }

  #pick(id, several) {
    const { selected } = this.#editor;
    if (!several) return this.#editor.select([id]);
    return this.#editor.select(selected.includes(id) ? selected.filter((one) => one !== id) : [...selected, id]);
  }

  #see(id) {
    const { hidden } = this.#editor;
    if (!hidden.delete(id)) hidden.add(id);
    this.#editor.show();
  }
}
