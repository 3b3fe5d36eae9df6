// Where two annotators disagree: both side by side, and one key to settle.

import * as api from "./api.js";
import { $, counted } from "./dom.js";
import { miniature } from "./miniature.js";

const KINDS = { name: "They name it differently.", outline: "Their outlines differ.", missing: "One of them has no such garment." };

export class Review extends EventTarget {
  #photos;
  #categories;
  #pairs = [];
  #at = 0;

  // Event "settled" with the id of a photo; "open" with that of one to be looked at.
  constructor(photos, categories) {
    super();
    this.#photos = photos;
    this.#categories = categories;
    $("review-a").addEventListener("click", () => this.#settle("a"));
    $("review-b").addEventListener("click", () => this.#settle("b"));
    $("review-later").addEventListener("click", () => this.#show(this.#at + 1));
    $("review-open").addEventListener("click", () => this.#open());
    $("review").addEventListener("keydown", (event) => {
      const pressed = { 1: "review-a", 2: "review-b", 3: "review-later", ArrowRight: "review-later", o: "review-open" }[event.key];
      if (pressed) $(pressed).click();
      if (event.key === "ArrowLeft") this.#show(Math.max(this.#at - 1, 0));
    });
  }

  // False where there is nothing to settle.
  async start() {
    const { authors, pairs } = await api.review();
    this.#pairs = pairs;
    for (const [at, who] of ["a", "b"].entries()) {
      $(`review-author-${who}`).textContent = authors[who];
      $(`review-${who}`).textContent = `${at + 1} · Keep ${authors[who]}`;
    }
    if (!this.#pairs.length) return false;
    $("review").showModal();
    await this.#show(0);
    return true;
  }

  async #show(at) {
    if (at >= this.#pairs.length) return $("review").close();
    this.#at = at;
    const pair = this.#pairs[at];
    const listed = this.#photos.photo(pair.photo);
    const { width, height } = listed.width ? listed : await api.photo(pair.photo);
    const around = [pair.a, pair.b].filter(Boolean);
    for (const who of ["a", "b"]) {
      const one = pair[who];
      const name = one ? (one.judged ? this.#categories.name(one.category) : "not judged") : "nothing here";
      $(`review-picture-${who}`).replaceChildren(miniature({ id: pair.photo, width, height }, one ? [one] : [], this.#categories, { around, label: name }));
      $(`review-name-${who}`).textContent = name;
    }
    $("review-photo").textContent = listed.name;
    $("review-about").textContent = `${KINDS[pair.kind] ?? pair.kind} ${pair.iou ? `Their masks share ${Math.round(100 * pair.iou)} % (IoU).` : ""}`;
    $("review-count").textContent = `${at + 1} of ${counted(this.#pairs.length, "disagreement")}`;
    $("review-a").focus();
  }

  async #settle(keep) {
    const pair = this.#pairs[this.#at];
    try {
      await api.settle(pair.photo, { keep, a: pair.a?.id ?? null, b: pair.b?.id ?? null });
    } catch (refusal) {
      $("review-about").textContent = `Not settled: ${refusal.message}`;
      return;
    }
    this.#pairs.splice(this.#at, 1);
    this.dispatchEvent(new CustomEvent("settled", { detail: pair.photo }));
    await this.#show(this.#at);
  }

  #open() {
    $("review").close();
    this.dispatchEvent(new CustomEvent("open", { detail: this.#pairs[this.#at].photo }));
  }
}
