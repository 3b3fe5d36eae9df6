// The tools and what they share: the editor, the stage, the settings; and what becomes of what they draw.

import * as api from "./api.js";
import { $ } from "./dom.js";
import { toleranceFor } from "./geometry.js";
import { Livewire } from "./livewire.js";
import { alike } from "./proposals.js";
import { difference, union } from "./regions.js";
import { BrushTool } from "./tools/brush.js";
import { KnifeTool } from "./tools/knife.js";
import { MendTool } from "./tools/mend.js";
import { OutlineTool } from "./tools/outline.js";
import { PointingTool } from "./tools/pointing.js";
import { SelectTool } from "./tools/select.js";

const DEFAULTS = { magnetic: false, sharing: false, magnifier: false, brush: 30, opacity: 0.3, mode: "new" };
const NOTICE = 6_000; // milliseconds that a notice is read,
const LETTER = 60; // and at least so many a letter

export class Desk extends EventTarget {
  settings = { ...DEFAULTS, ...JSON.parse(localStorage.getItem("settings") ?? "{}"), mode: "new" };
  livewire = null;
  #looking = null; // the photo whose edges are looked for
  #notice = null;

  // assisted: whether the server has outlines for what is pointed at.
  constructor(editor, stage, scene, assisted) {
    super();
    Object.assign(this, { editor, stage, scene, assisted });
    this.tools = {
      select: new SelectTool(this),
      outline: new OutlineTool(this),
      brush: new BrushTool(this, { erasing: false }),
      eraser: new BrushTool(this, { erasing: true }),
      mend: new MendTool(this),
      knife: new KnifeTool(this),
      pointing: new PointingTool(this),
    };
    this.takeUp("select");
  }

  // Whether an outline is being drawn; it waits while another tool is in hand.
  get drawing() {
    return this.tool === "outline" && this.tools.outline.busy;
  }

  get tolerance() {
    return toleranceFor(this.editor.photo);
  }

  // Another photo lies here; an outline of it may have been begun before.
  photo(draft) {
    this.tools.outline.put();
    this.livewire = this.#looking = null;
    if (draft) {
      this.takeUp("outline");
      this.tools.outline.resume(draft);
    }
    this.changed();
    if (this.settings.magnetic) this.prepare();
  }

  takeUp(name) {
    this.scene.clear();
    this.tool = name;
    this.stage.tool = this.tools[name];
    this.stage.tool.show?.();
    this.changed();
  }

  set(name, value) {
    this.settings[name] = value;
    localStorage.setItem("settings", JSON.stringify(this.settings));
    if (name === "magnetic" && value) this.prepare();
    this.changed();
  }

  // Whether the magnetic outline waits for the edges of the photo: until then its lines are straight.
  get looking() {
    return this.#looking !== null;
  }

  // The edges of the photo, for the magnetic outline.
  async prepare() {
    const { photo } = this.editor;
    if (!photo || this.livewire || this.looking) return;
    this.#looking = photo;
    this.changed();
    const image = Object.assign(new Image(), { src: api.imageOf(photo.id) });
    await image.decode().catch(() => null);
    if (this.#looking !== photo) return;
    if (image.naturalWidth) this.livewire = new Livewire(image, photo);
    this.#looking = null;
    this.changed();
  }

  // A tool, or a setting, has become another: event "change".
  changed() {
    this.dispatchEvent(new Event("change"));
  }

  say(words) {
    $("notice").textContent = words;
    clearTimeout(this.#notice);
    this.#notice = setTimeout(() => ($("notice").textContent = ""), Math.max(NOTICE, LETTER * words.length));
  }

  // Parts that were drawn: a new instance, or more or less of the selected one.
  take(parts, mode = this.settings.mode, touch = false) {
    const { only } = this.editor;
    if (mode === "new" || !only) return this.add(parts, touch);
    const change = mode === "add" ? union : difference;
    this.editor.update([only.id], { parts: change(only.parts, parts, this.tolerance) });
  }

  // A new instance, instead of proposals by their ids; its name is asked for (event "name"), unless that would
  // bring up a keyboard on the glass.
  add(parts, touch, fields, instead) {
    this.editor.add(parts, fields, instead);
    if (!touch) this.dispatchEvent(new Event("name"));
  }

  // The model's outline of what a box, points or a scribble mean.
  async askFor(hint, touch) {
    const { photo } = this.editor;
    this.say("The model looks …");
    try {
      const { parts, category, runners_up } = await api.mask(photo.id, hint);
      if (this.editor.photo !== photo) return;
      if (!parts.length) return this.say("The model finds no garment there.");
      this.say("");
      const instead = this.editor.openProposals.filter((one) => alike(one, { parts })).map((one) => one.id);
      this.add(parts, touch || category !== null, { category, source: "proposal" }, instead);
      const { only } = this.editor;
      this.editor.proposals.push({ ...only, runners_up: runners_up ?? [] });
      this.editor.show();
    } catch (refusal) {
      this.say(refusal.message);
    }
  }

  // Borders of the selected instances, moved to the edges around them.
  async snap() {
    const { photo, chosen, work } = this.editor;
    if (!chosen.length) return this.say("Select a garment first: its border snaps to the edges around it.");
    this.say("Snapping …");
    try {
      const found = new Map();
      for (const one of chosen) {
        const above = work.instances.slice(work.instances.findIndex(({ id }) => id === one.id) + 1);
        const { parts } = await api.snap(photo.id, { parts: one.parts, under: above.map((other) => other.parts) });
        found.set(one.id, parts);
      }
      if (this.editor.photo !== photo) return;
      this.editor.update([...found.keys()].filter((id) => this.editor.find(id)), (one) => ({ parts: found.get(one.id) }));
      this.say("Snapped. Ctrl+Z takes it back.");
    } catch (refusal) {
      this.say(refusal.message);
    }
  }
}
