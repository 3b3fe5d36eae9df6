// What is said of the photo and of the selected garment, and why a photo is skipped: buttons that are on or off.

import { $, button } from "./dom.js";
import { keyOf } from "./keys.js";

const FLAGS = { occluded: "occluded", truncated: "cut off", doubtful: "doubtful", unjudged: "not judged" };
const FIRST_PERSON = 7; // the digit that means it, with Shift

export class Details {
  #editor;

  // run: carries out a command of keys.js.
  constructor(editor, project, run) {
    this.#editor = editor;
    const chip = (text, key, press, marks) => button(text, press, { ...marks, title: `${text} (${key})`, "aria-pressed": "false" });
    $("flags").append(...Object.entries(FLAGS).map(([flag, text]) => chip(text, keyOf(flag), () => run(flag), { "data-flag": flag })));
    $("people").append(
      ...project.people.map((words, i) => chip(words.replace(/^\d+ /, ""), `Shift+${FIRST_PERSON + i}`, () => run("people", i), { "data-person": i })),
      chip("selfie", keyOf("selfie"), () => run("selfie"), { id: "selfie" }));
    $("skips").append(...project.skip_reasons.map((reason, i) => chip(reason, `Shift+${i + 1}`, () => run("skip", i + 1), { "data-reason": reason })));
    editor.addEventListener("show", () => this.#show());
  }

  #show() {
    const { work, chosen } = this.#editor;
    const press = (element, on) => element.setAttribute("aria-pressed", on);
    for (const one of $("flags").children) {
      const { flag } = one.dataset;
      one.disabled = chosen.length === 0;
      press(one, chosen.length > 0 && chosen.every((garment) => (flag === "unjudged" ? !garment.judged : garment.flags[flag])));
    }
    for (const one of $("people").querySelectorAll("[data-person]")) press(one, work.attributes.people.includes(Number(one.dataset.person)));
    press($("selfie"), work.attributes.selfie);
    for (const one of $("skips").children) press(one, work.skip_reason === one.dataset.reason);
    press($("done"), work.status === "done");
  }
}
