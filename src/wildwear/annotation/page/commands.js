// What each command of keys.js does on the desk: one function a command.

import { areaOf, boxOf, mapped, ringsOf } from "./geometry.js";
import { union } from "./regions.js";
import { movedBy, nameless, shifted, verticesMovedBy, withoutVertices } from "./work.js";

const OPACITIES = [0, 0.15, 0.3, 0.6];
const BRUSHES = { least: 4, most: 300, factor: 1.25 }; // screen pixels across

export function commandsOf(desk, categories, go) {
  const { editor, stage, tools } = desk;
  const tool = (name) => () => desk.takeUp(name);
  const turn = (name) => () => desk.set(name, !desk.settings[name]);
  const chosenOrSay = (words) => {
    if (!editor.chosen.length) desk.say(`Select a garment first: ${words}.`);
    return editor.chosen;
  };

  const flag = (name) => () => {
    const chosen = chosenOrSay(`it is marked as ${name}`);
    const all = chosen.every((one) => one.flags[name]);
    if (chosen.length) editor.update(editor.selected, (one) => ({ flags: { ...one.flags, [name]: !all } }));
  };

  const layer = (by) => () => {
    const { only } = editor;
    if (only && editor.work.instances.includes(only)) editor.change(shifted(editor.work, only.id, by));
    else desk.say("Select one garment first: it goes a layer up or down.");
  };

  // The next in the list, what lies on top first; `by` 1 or -1.
  const walk = (by) => () => {
    const order = [...editor.openProposals, ...[...editor.work.instances].reverse()].map((one) => one.id);
    const at = order.indexOf(editor.selected.at(-1));
    if (order.length) editor.select([order[at < 0 ? (by > 0 ? 0 : order.length - 1) : (at + by + order.length) % order.length]]);
  };

  // With nothing selected, keys mean what is under the cursor; whether that was so.
  const pointedAt = (among = () => true) => {
    const top = editor.chosen.length || !stage.cursor ? null : editor.under(stage.cursor).find(among);
    if (top) editor.select([top.id]);
    return Boolean(top);
  };

  const nextProposal = () => editor.select(editor.openProposals.slice(0, 1).map((one) => one.id));
  const isProposal = (one) => editor.openProposals.some(({ id }) => id === one.id);
  const chosenProposals = () => editor.openProposals.filter((one) => editor.selected.includes(one.id)).map((one) => one.id);

  // What becomes of the proposals that are selected; on to the next, unless the cursor says which is meant.
  const decide = (how) => () => {
    const pointed = pointedAt(isProposal);
    const ids = chosenProposals();
    if (ids.length) how(ids);
    if (pointed) editor.select([]);
    else nextProposal();
  };

  const remove = () => {
    const { only, vertices, work } = editor;
    if (only && vertices.size) return editor.update([only.id], (one) => withoutVertices(one, vertices));
    const instances = editor.selected.filter((id) => work.instances.some((one) => one.id === id));
    if (instances.length) editor.remove(instances);
    else if (chosenProposals().length) editor.reject(chosenProposals());
  };

  const finish = (status, skip_reason) => {
    editor.change({ ...editor.work, status, skip_reason });
    if (!go.nextToDo()) desk.say("No photo in the list is left to do.");
  };

  const rename = (category) => {
    const chosen = chosenOrSay("it gets this name");
    if (!chosen.length) return;
    const wasNameless = chosen.some((one) => one.judged && one.category === null);
    editor.update(editor.selected, { category, judged: true });
    categories.used(category);
    const [next] = nameless(editor.work);
    if (wasNameless && next) editor.select([next.id]);
  };

  return {
    select: tool("select"),
    outline: tool("outline"),
    brush: tool("brush"),
    eraser: tool("eraser"),
    mend: tool("mend"),
    knife: tool("knife"),
    pointing: tool("pointing"),
    magnetic: () => {
      turn("magnetic")();
      if (desk.settings.magnetic && desk.tool !== "outline") desk.takeUp("outline");
    },
    sharing: turn("sharing"),
    magnifier: turn("magnifier"),
    new: () => desk.set("mode", "new"),
    add: () => desk.set("mode", "add"),
    cut: () => desk.set("mode", "cut"),
    smaller: () => desk.set("brush", Math.max(desk.settings.brush / BRUSHES.factor, BRUSHES.least)),
    larger: () => desk.set("brush", Math.min(desk.settings.brush * BRUSHES.factor, BRUSHES.most)),
    opacity: () => desk.set("opacity", OPACITIES.find((one) => one > desk.settings.opacity) ?? OPACITIES[0]),

    done: () => {
      if (desk.drawing) return tools.outline.finish();
      const [without] = nameless(editor.work);
      if (!without) return finish("done", null);
      editor.select([without.id]);
      desk.say("This garment has no name yet.");
      go.name();
    },
    back: () => (desk.drawing ? tools.outline.back() : remove()),
    escape: () => (desk.drawing ? tools.outline.cancel() : editor.select([])),
    addOutline: () => tools.outline.finish({ shift: true }),
    cutOutline: () => tools.outline.finish({ alt: true }),
    close: () => tools.outline.finish({ touch: true }),
    delete: remove,
    undo: () => (desk.drawing ? tools.outline.back() : editor.undo()),
    redo: () => editor.redo(),
    next: walk(1),
    previous: walk(-1),
    raise: layer(1),
    lower: layer(-1),

    all: () => {
      const keys = [];
      mapped(editor.only?.parts ?? [], (_, p, r, i) => keys.push(`${p}/${r}/${i}`));
      editor.select(editor.selected, { vertices: keys });
    },
    nudge: (by) => {
      const { only, vertices, photo } = editor;
      if (only && vertices.size) editor.update([only.id], verticesMovedBy(only, by, vertices, photo));
      else if (editor.chosen.length) editor.update(editor.selected, (one) => movedBy(one, by, photo));
    },
    duplicate: () => {
      const { only, photo } = editor;
      if (!only) return desk.say("Select one garment first: it is drawn once more.");
      const by = 0.02 * Math.max(photo.width, photo.height);
      const { category, judged, flags } = only;
      editor.add(movedBy(only, [by, by], photo).parts, { category, judged, flags });
    },
    merge: () => {
      const chosen = [...editor.chosen];
      if (chosen.length < 2) return desk.say("Select several garments first, with Shift: they become one.");
      const [first, ...others] = chosen;
      const parts = others.reduce((all, one) => union(all, one.parts, desk.tolerance), first.parts);
      editor.merge(first, { parts }, others.map((one) => one.id));
    },

    category: () => {
      pointedAt();
      if (chosenOrSay("it gets a name").length) go.name();
    },
    slot: (number) => {
      const pointed = pointedAt(); // its likeliest names have the first numbers
      if (categories.slot(number) !== undefined) rename(categories.slot(number));
      if (pointed) editor.select([]);
    },
    rename,
    occluded: flag("occluded"),
    truncated: flag("truncated"),
    doubtful: flag("doubtful"),
    unjudged: () => {
      const chosen = chosenOrSay("it becomes a region that is not judged");
      const judged = !chosen.some((one) => one.judged);
      if (chosen.length) editor.update(editor.selected, { judged, category: null });
    },

    fit: () => stage.fit(),
    zoom: () => (editor.chosen.length ? stage.zoomTo(boxOf(editor.chosen.flatMap((one) => ringsOf(one.parts).flat()))) : stage.fit()),
    closer: () => stage.zoom(1.25),
    farther: () => stage.zoom(0.8),
    hide: () => {
      for (const id of editor.selected) editor.hidden.add(id);
      editor.select([]);
    },
    show: () => {
      editor.hidden.clear();
      editor.isolated = false;
      editor.show();
    },
    isolate: () => {
      editor.isolated = !editor.isolated && editor.chosen.length > 0;
      editor.show();
    },

    accept: decide((ids) => editor.update(ids, {})),
    acceptAll: () => {
      // Smaller ones lie on larger ones.
      const ids = [...editor.openProposals].sort((a, b) => areaOf(b.parts) - areaOf(a.parts)).map((one) => one.id);
      if (ids.length) editor.update(ids, {});
    },
    reject: decide((ids) => editor.reject(ids)),
    snap: () => desk.snap(),

    people: (person) => {
      const { people } = editor.work.attributes;
      const changed = people.includes(person) ? people.filter((one) => one !== person) : [...people, person].sort();
      editor.change({ ...editor.work, attributes: { ...editor.work.attributes, people: changed } });
    },
    selfie: () => {
      const { attributes } = editor.work;
      editor.change({ ...editor.work, attributes: { ...attributes, selfie: !attributes.selfie } });
    },
    skip: (number) => {
      const reason = go.skipReasons[number - 1];
      if (editor.work.skip_reason === reason) editor.change({ ...editor.work, status: "todo", skip_reason: null });
      else if (reason) finish("skipped", reason);
    },
    nextPhoto: () => go.step(1),
    previousPhoto: () => go.step(-1),
    search: () => go.search(),
    review: () => go.review(),
    help: () => go.help(),
  };
}
