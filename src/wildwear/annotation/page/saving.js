// Every change reaches the server, whatever happens between: sent a moment after it was made, tried again for
// ever, and kept in this browser until the server has it.
//
// Events: "state" with what people read of it; "conflict" when someone else has saved since.

import * as api from "./api.js";
import { Refusal } from "./api.js";
import { same } from "./work.js";

const PAUSE = 300; // milliseconds after a change
const PATIENCE = [500, 1_000, 2_000, 5_000, 10_000]; // milliseconds before the next attempt; the last for ever
const KEPT_ALIVE = 60_000; // bytes that a request may have which outlives the page

export class Saver extends EventTarget {
  #project;
  #author;
  #waiting = new Map(); // photo id → {photo, base, work}, in the order of the first change
  #revisions = new Map(); // photo id → the last one that we know of
  #asked = new Set(); // photo ids whose conflict is not decided yet
  #timer = null;
  #sending = false;
  #failed = 0; // attempts since the last success
  #tab = crypto.getRandomValues(new Uint32Array(2)).join("");

  constructor(project) {
    super();
    this.#project = project.name;
    this.#author = project.author;
    // Whoever holds the lock of a tab is alive and sends for itself.
    navigator.locks?.request(this.#lock(this.#tab), () => new Promise(() => {}));
    addEventListener("pagehide", () => this.#farewell());
    addEventListener("visibilitychange", () => document.hidden && this.#sendSoon(0));
    addEventListener("online", () => this.#sendSoon(0));
  }

  get unsaved() {
    return this.#waiting.size;
  }

  // What waits for a photo, or null.
  workOf(id) {
    return this.#waiting.get(id)?.work ?? null;
  }

  // The photo was read at this revision.
  read(photo, revision) {
    if (!this.#waiting.has(photo.id)) this.#revisions.set(photo.id, revision);
  }

  // The last revision of a photo that we know of; 0 where we know none.
  revisionOf(id) {
    return this.#revisions.get(id) ?? 0;
  }

  keep(photo, work) {
    this.#waiting.set(photo.id, { photo: { id: photo.id, name: photo.name }, base: this.revisionOf(photo.id), work });
    const kept = this.#remember(photo.id);
    this.#say(kept ? "saving" : "risky", kept ? "Saving …" : "Not saved yet, and this browser has no room to keep it: leave this page open.");
    this.#sendSoon(PAUSE);
  }

  // What someone decided about a conflict: this work stands, on top of that revision.
  decide(photo, revision, work) {
    this.#asked.delete(photo.id);
    this.#revisions.set(photo.id, revision);
    if (work) this.keep(photo, work);
    else this.#done(photo.id);
  }

  // Work that pages left behind which closed before the server had it, as [photo, …]; it is sent.
  async recover(photos) {
    const alive = new Set(((await navigator.locks?.query())?.held ?? []).map((lock) => lock.name));
    const byId = new Map(photos.map((one) => [one.id, one]));
    const found = [];
    for (const key of Object.keys(localStorage)) {
      const [kind, project, tab, id] = key.split("|").map(decodeURIComponent);
      if (kind !== "unsent" || project !== this.#project || tab === this.#tab || alive.has(this.#lock(tab))) continue;
      const left = JSON.parse(localStorage.getItem(key));
      if (byId.get(Number(id))?.name !== left.photo.name) continue; // another project on this port, of the same name
      this.#revisions.set(left.photo.id, left.base);
      this.keep(left.photo, left.work);
      localStorage.removeItem(key);
      found.push(left.photo);
    }
    return found;
  }

  #lock(tab) {
    return `annotating|${tab}`;
  }

  #key(id) {
    return ["unsent", this.#project, this.#tab, id].map(encodeURIComponent).join("|");
  }

  #remember(id) {
    try {
      localStorage.setItem(this.#key(id), JSON.stringify(this.#waiting.get(id)));
      return true;
    } catch {
      return false;
    }
  }

  #sendSoon(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#send(), milliseconds);
  }

  async #send() {
    const [id] = [...this.#waiting.keys()].filter((one) => !this.#asked.has(one));
    if (this.#sending || id === undefined) return;
    const sent = this.#waiting.get(id);
    this.#sending = true;
    try {
      const { revision } = await api.save(id, this.#edit(sent));
      this.#saved(id, sent, revision);
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      this.#refused(id, sent, refusal);
    } finally {
      this.#sending = false;
    }
  }

  #edit({ base, work }) {
    return { base, author: this.#author, work };
  }

  #saved(id, sent, revision) {
    this.#failed = 0;
    this.#revisions.set(id, revision);
    const now = this.#waiting.get(id);
    if (now === sent) {
      this.#done(id);
    } else {
      this.#waiting.set(id, { ...now, base: revision });
      this.#remember(id);
    }
    if (this.#waiting.size) this.#sendSoon(0);
  }

  #done(id) {
    this.#waiting.delete(id);
    localStorage.removeItem(this.#key(id));
    if (!this.#waiting.size) this.#say("saved", "All saved");
  }

  #refused(id, sent, refusal) {
    if (refusal.status === 409) {
      const theirs = refusal.answer;
      // An answer that never arrived: what they have is what was sent.
      if (same(theirs.work, sent.work)) return this.#saved(id, sent, theirs.revision);
      this.#asked.add(id);
      this.#say("failed", `Not saved: ${theirs.author ?? "someone"} saved ${sent.photo.name} since.`);
      this.dispatchEvent(new CustomEvent("conflict", { detail: { photo: sent.photo, theirs } }));
      return this.#sendSoon(0);
    }
    const wait = PATIENCE[Math.min(this.#failed, PATIENCE.length - 1)];
    this.#failed += 1;
    this.#say("failed", `Not saved, trying again. ${refusal.message}${refusal.status ? "" : " Your work is kept in this browser."}`);
    this.#sendSoon(wait);
  }

  // The page goes: what is small enough is sent behind it; the rest is found when it is opened again.
  #farewell() {
    for (const [id, waiting] of this.#waiting) {
      const edit = this.#edit(waiting);
      if (!this.#sending && !this.#asked.has(id) && JSON.stringify(edit).length < KEPT_ALIVE) api.save(id, edit, { keepalive: true }).catch(() => {});
    }
  }

  #say(state, words) {
    this.dispatchEvent(new CustomEvent("state", { detail: { state, words } }));
  }
}
