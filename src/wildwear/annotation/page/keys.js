// Which key does what: the one table that keys, tooltips and the overview are made of.

import { $, make } from "./dom.js";

// [group, [[key, command, what it does], …]]. A letter is written as its capital; Shift, Ctrl (or Cmd) before it.
const KEYS = [
  ["Draw", [
    ["P", "outline", "outline: click points, or drag"],
    ["M", "magnetic", "magnetic: the outline follows edges"],
    ["N", "sharing", "share borders: the outline follows neighbours"],
    ["B", "brush", "brush"],
    ["E", "eraser", "eraser"],
    ["Shift+B", "mend", "mend: a stroke grows what it begins in, else shrinks; a click adds or takes the region"],
    ["K", "knife", "cut in two"],
    ["Enter", "done", "close the outline; else: done, next photo"],
    ["Shift+Enter", "addOutline", "close it: more of the selected garment"],
    ["Alt+Enter", "cutOutline", "close it: cut out of the selected garment"],
    ["Backspace", "back", "take the last point back; else: delete"],
    ["Escape", "escape", "leave the outline; else: select nothing"],
    [",", "smaller", "smaller brush"],
    [".", "larger", "larger brush"],
  ]],
  ["Change", [
    ["V", "select", "select and move; double click adds a point"],
    ["J", "next", "select the next garment"],
    ["Shift+J", "previous", "select the one before"],
    ["Delete", "delete", "delete points, or the garment"],
    ["Arrows", null, "move it a pixel (Shift: ten)"],
    ["D", "duplicate", "duplicate"],
    ["G", "merge", "merge the selected garments"],
    ["]", "raise", "one layer up"],
    ["[", "lower", "one layer down"],
    ["Ctrl+A", "all", "select all of its points"],
    ["Ctrl+Z", "undo", "undo"],
    ["Ctrl+Shift+Z", "redo", "redo"],
  ]],
  ["Name", [
    ["C", "category", "type a category"],
    ["1 … 9", null, "the names with this number"],
    ["O", "occluded", "occluded"],
    ["T", "truncated", "truncated by the photo's border"],
    ["Q", "doubtful", "doubtful name"],
    ["R", "unjudged", "region that is not judged"],
  ]],
  ["Look", [
    ["F", "fit", "fit the photo"],
    ["Z", "zoom", "zoom to what is selected"],
    ["+", "closer", "zoom in (also the wheel)"],
    ["-", "farther", "zoom out"],
    ["Space", null, "hold and drag: move the photo"],
    ["H", "hide", "hide what is selected"],
    ["Shift+H", "show", "show all again"],
    ["I", "isolate", "see only what is selected"],
    ["U", "opacity", "fainter or stronger masks"],
    ["L", "magnifier", "magnifier at the cursor"],
  ]],
  ["Assist", [
    ["A", "accept", "accept the proposal"],
    ["Shift+A", "acceptAll", "accept all proposals"],
    ["X", "reject", "reject the proposal"],
    ["W", "pointing", "ask the model: box, click, scribble"],
    ["S", "snap", "snap the border to edges"],
  ]],
  ["Photo", [
    ["PageDown", "nextPhoto", "next photo"],
    ["PageUp", "previousPhoto", "photo before"],
    ["Shift+1 … 4", null, "skip, by the reason's number"],
    ["Shift+7 … 9", null, "who is on the photo"],
    ["Shift+0", "selfie", "selfie"],
    ["/", "search", "search for a photo"],
    ["Y", "review", "disagreements of two annotators"],
    ["?", "help", "these keys"],
  ]],
];

const COMMANDS = new Map(KEYS.flatMap(([, keys]) => keys).filter(([, command]) => command).map(([key, command]) => [key, command]));
const KEY_OF = new Map([...COMMANDS].map(([key, command]) => [command, key]));
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export const keyOf = (command) => KEY_OF.get(command);

// An event as the table writes it.
function written(event) {
  const key = event.key === " " ? "Space" : event.key.length === 1 && /\p{L}/u.test(event.key) ? event.key.toUpperCase() : event.key;
  const shifted = event.shiftKey && (key.length > 1 || /\p{L}/u.test(key));
  if (event.getModifierState("AltGraph")) return key; // by which some keyboards write [ and ]
  return `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey && key.length > 1 ? "Alt+" : ""}${shifted ? "Shift+" : ""}${key}`;
}

// What a key shall do: {command, …} or null. Digits and arrows say which.
export function commandOf(event) {
  const key = written(event);
  if (COMMANDS.has(key)) return { command: COMMANDS.get(key) };
  if (key === "Ctrl+Y") return { command: "redo" };
  if (key === "=") return { command: "closer" };
  const digit = /^Digit(\d)$/.exec(event.code)?.[1];
  if (digit && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const value = Number(digit);
    if (!event.shiftKey) return value ? { command: "slot", value } : null;
    if (value === 0) return { command: "selfie" };
    return value <= 4 ? { command: "skip", value } : value >= 7 ? { command: "people", value: value - 7 } : null;
  }
  if (event.key in ARROWS && !event.ctrlKey && !event.altKey && !event.metaKey) {
    const step = event.shiftKey ? 10 : 1;
    return { command: "nudge", value: ARROWS[event.key].map((side) => side * step) };
  }
  return null;
}

// Where keys write or press something, they are not ours.
export function isElsewhere(event) {
  const { target, key } = event;
  if (document.querySelector("dialog[open]") || event.isComposing) return true;
  if (target.matches("textarea, select, input:not([type=checkbox], [type=range])")) return true;
  if (target.matches("input[type=range]")) return key.startsWith("Arrow");
  return target.matches("button, a, summary, input") && (key === "Enter" || key === " ");
}

// Buttons with data-command say their key and are pressed by it.
export function labelButtons(run) {
  for (const element of document.querySelectorAll("[data-command]")) {
    const key = keyOf(element.dataset.command);
    const says = element.getAttribute("aria-label") ?? element.textContent;
    if (key) element.title = `${says} (${key})`;
    if (key) element.setAttribute("aria-keyshortcuts", key.replace("Ctrl", "Control"));
    element.addEventListener("click", () => run(element.dataset.command));
  }
}

export function fillHelp(skipReasons) {
  const caps = (key) => (key === "+" ? [key] : key.split("+")).flatMap((one) => [make("kbd", {}, one), " "]);
  const row = (key, does) => [make("dt", {}, ...caps(key)), make("dd", {}, does)];
  const groups = KEYS.map(([title, keys]) => make("section", {}, make("h3", {}, title), make("dl", {}, ...keys.flatMap(([key, , does]) => row(key, does)))));
  $("keys").replaceChildren(...groups);
  $("reasons").textContent = `Reasons to skip: ${skipReasons.map((reason, i) => `${i + 1} ${reason}`).join(", ")}.`;
}
