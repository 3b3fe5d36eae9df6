// A lens beside the cursor, for outlines to the pixel.

import { $ } from "./dom.js";

const SIZE = 160; // screen pixels, as in annotate.css
const STRONGER = 3; // times the stage
const LEAST = 4; // screen pixels a pixel of the photo
const ASIDE = 28; // screen pixels from the cursor

export class Magnifier {
  #on = false;

  constructor(stage) {
    stage.addEventListener("point", ({ detail }) => this.#on && this.#show(stage, detail));
    $("stage").addEventListener("pointerleave", () => ($("lens").hidden = true));
  }

  turn(on) {
    this.#on = on;
    $("lens").hidden = true;
  }

  #show(stage, { point, screen }) {
    const seen = SIZE / Math.max(stage.scale * STRONGER, LEAST);
    $("lens-picture").setAttribute("viewBox", `${point[0] - seen / 2} ${point[1] - seen / 2} ${seen} ${seen}`);
    const { width } = $("stage").getBoundingClientRect();
    const lens = $("lens");
    lens.hidden = false;
    lens.style.left = `${screen[0] + ASIDE + SIZE < width ? screen[0] + ASIDE : screen[0] - ASIDE - SIZE}px`;
    lens.style.top = `${Math.max(screen[1] - ASIDE - SIZE, 8)}px`;
  }
}
