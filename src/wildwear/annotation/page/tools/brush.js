// Paints on the selected instance, or a new one, and takes away from it. What comes out is polygons.

import { withinPhoto } from "../geometry.js";
import { brushed } from "../regions.js";
import { StrokeTool } from "./stroke.js";

export class BrushTool extends StrokeTool {
  constructor(desk, { erasing }) {
    super(desk);
    this.erasing = erasing;
    this.says = erasing
      ? "Drag to take away from the selected garment. Comma and full stop change the size."
      : "Drag to paint: on the selected garment, or a new one where none is selected. Comma and full stop change the size.";
  }

  begin() {
    const able = !this.erasing || this.desk.editor.only !== null;
    if (!able) this.desk.say("Select one garment first: the eraser takes away from it.");
    return able;
  }

  end(line, radius, { touch }) {
    const { editor, tolerance } = this.desk;
    const { only, photo } = editor;
    const parts = withinPhoto(brushed(only?.parts ?? [], line, radius, tolerance, this.erasing), photo);
    if (only) editor.update([only.id], { parts });
    else if (parts.length) this.desk.add(parts, touch);
  }
}
