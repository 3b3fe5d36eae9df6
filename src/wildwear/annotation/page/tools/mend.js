// Mends borders, with nothing selected: a stroke goes on with what it begins on. From within a garment it paints
// that one, also over those that lie on top; from outside it takes away from all that it crosses.

import { inParts, nearestBorder, withinPhoto } from "../geometry.js";
import { brushed } from "../regions.js";
import { StrokeTool } from "./stroke.js";

export class MendTool extends StrokeTool {
  says = "Drag from within a garment: it grows. Drag from outside: what is crossed shrinks.";
  #grown = null;

  begin({ point }) {
    const { editor } = this.desk;
    const under = editor.under(point);
    this.#grown = under.find((one) => editor.selected.includes(one.id)) ?? under[0] ?? null;
    this.erasing = this.#grown === null;
    return true;
  }

  end(line, radius) {
    const { editor, tolerance } = this.desk;
    const grown = this.#grown;
    const { photo, work } = editor;
    // A proposal comes to lie on top of all
    const above = grown ? work.instances.slice(work.instances.includes(grown) ? work.instances.indexOf(grown) + 1 : Infinity) : [...work.instances, ...editor.openProposals];
    const crossed = above.filter((one) => editor.sees(one) && line.some((point) => inParts(point, one.parts) || nearestBorder(point, one.parts, radius)));
    const changed = [...(grown ? [grown] : []), ...crossed];
    if (!changed.length) return;
    editor.select([changed[0].id]);
    editor.update(changed.map((one) => one.id), (one) => ({ parts: withinPhoto(brushed(one.parts, line, radius, tolerance, one.id !== grown?.id), photo) }));
  }
}
