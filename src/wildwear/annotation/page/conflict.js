// Someone else has saved the photo since it was opened: both are shown, and nobody's work is lost.

import { $, button, counted, make } from "./dom.js";
import { miniature } from "./miniature.js";
import { newId, same } from "./work.js";

const PAUSE = 1_000; // milliseconds without a key or a press

// Resolves when nobody types or draws: a question in the middle of a word would be answered by its next letter.
export function pause() {
  return new Promise((resolve) => {
    const listening = new AbortController();
    const done = () => {
      listening.abort();
      resolve();
    };
    let timer = setTimeout(done, PAUSE);
    const again = () => {
      clearTimeout(timer);
      timer = setTimeout(done, PAUSE);
    };
    for (const kind of ["keydown", "pointerdown", "pointermove"]) addEventListener(kind, again, { capture: true, signal: listening.signal });
  });
}

// Theirs, and on top what of mine they have not; what both changed is there twice, to choose by hand.
export function both(mine, theirs) {
  const known = new Map(theirs.instances.map((one) => [one.id, one]));
  const added = mine.instances.filter((one) => !known.has(one.id) || !same(known.get(one.id), one));
  return { ...mine, instances: [...theirs.instances, ...added.map((one) => (known.has(one.id) ? { ...one, id: newId() } : one))] };
}

// Resolves to the work that shall stand. photo: {id, name, width, height}; theirs: {author, work}.
export function settle(photo, mine, theirs, categories) {
  const author = theirs.author ?? "someone";
  $("conflict-title").textContent = `${author} has saved ${photo.name} since you opened it`;
  const side = (title, work) => {
    const caption = make("figcaption", {}, make("b", {}, title), make("br"), described(work, categories));
    return make("figure", {}, miniature(photo, work.instances, categories, { label: title }), caption);
  };
  $("conflict-sides").replaceChildren(side("Yours", mine), side(`In the project, by ${author}`, theirs.work));
  const dialog = $("conflict");
  return new Promise((decide) => {
    let decided = false;
    const choice = (text, work) => button(text, () => {
      decided = true;
      dialog.close();
      decide(work);
    });
    const buttons = [choice("1 · Keep mine", mine), choice("2 · Take theirs", theirs.work), choice("3 · Keep both, I tidy up", both(mine, theirs.work))];
    $("conflict-choices").replaceChildren(...buttons);
    dialog.onclose = () => decided || dialog.showModal(); // Escape decides nothing
    dialog.onkeydown = (event) => buttons[Number(event.key) - 1]?.click();
    dialog.showModal();
    $("conflict-title").focus(); // no button: Enter decides nothing unasked
  });
}

function described(work, categories) {
  const names = work.instances.map((one) => (one.judged ? categories.name(one.category) : "not judged"));
  return `${counted(names.length, "garment")}${names.length ? `: ${names.join(", ")}` : ""}`;
}
