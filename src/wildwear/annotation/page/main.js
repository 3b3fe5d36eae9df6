// The page put together: which photo is on the desk, where keys and buttons go, what is said.

import * as api from "./api.js";
import { Refusal } from "./api.js";
import { Categories } from "./categories.js";
import { commandsOf } from "./commands.js";
import { pause, settle } from "./conflict.js";
import { Desk } from "./desk.js";
import { Details } from "./details.js";
import { $, counted, number } from "./dom.js";
import { Drafts } from "./drafts.js";
import { Editor } from "./editor.js";
import { Instances } from "./instances.js";
import { commandOf, fillHelp, isElsewhere, labelButtons } from "./keys.js";
import { Magnifier } from "./magnifier.js";
import { refresh, refreshSoon } from "./pace.js";
import { Photos } from "./photos.js";
import { fetchProposals, likeliest } from "./proposals.js";
import { Review } from "./review.js";
import { Saver } from "./saving.js";
import { Scene } from "./scene.js";
import { Stage } from "./stage.js";
import { StrokeTool } from "./tools/stroke.js";
import { nameless, summary } from "./work.js";

const MOST_NAMED = 3; // photos
const AGAIN = 1_000; // milliseconds before a question that was not answered is asked again

// Asks until there is an answer; what the server refuses for good is shown instead of the page.
async function insist(ask) {
  for (;;) {
    try {
      const answer = await ask();
      $("problem").hidden = true;
      return answer;
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      $("problem").hidden = false;
      $("problem").textContent = refusal.status === 403
        ? "This page is opened by the address with ?token=… that `wildwear annotate` prints."
        : `${refusal.message} Trying again …`;
      if (refusal.status >= 400 && refusal.status < 500) throw refusal;
      await new Promise((wait) => setTimeout(wait, AGAIN));
    }
  }
}

const [project, { photos: listed }] = await Promise.all([insist(api.project), insist(api.photos)]);
const categories = new Categories(project.categories);
const editor = new Editor();
const stage = new Stage($("stage"), $("world"));
const scene = new Scene($("scene"), editor, stage, (category) => categories.colour(category));
const desk = new Desk(editor, stage, scene, project.assist);
const photos = new Photos(listed, (category) => categories.name(category));
const saver = new Saver(project);
const drafts = new Drafts(project);
const magnifier = new Magnifier(stage);
const review = new Review(photos, categories);
const run = (command, value) => commands[command]?.(value);
const commands = commandsOf(desk, categories, {
  name: () => categories.ask(),
  nextToDo: () => photos.stepToDo(),
  step: (by) => photos.step(by),
  search: () => {
    showList(true);
    $("search").focus();
  },
  review: startReview,
  help: () => $("help").showModal(),
  skipReasons: project.skip_reasons,
});
new Instances(editor, categories);
new Details(editor, project, run);

// ---- the photo on the desk --------------------------------------------------------------------------------

let opening = null; // id of the photo that is waited for

async function open(id) {
  opening = id;
  photos.show(id); // at once, so that who pages on in haste pages on from there
  if (editor.photo?.id === id) return;
  const { revision, work, width, height, problem } = await insist(() => api.photo(id));
  if (opening !== id) return;
  if (saver.revisionOf(id) > revision) return open(id); // saved while this was on its way
  const { name } = photos.photo(id);
  const size = { width: width ?? 1000, height: height ?? 1000 };
  saver.read({ id }, revision);
  scene.photo(api.imageOf(id), size);
  editor.open({ id, name, ...size }, saver.workOf(id) ?? work);
  editor.select(nameless(editor.work).slice(0, 1).map((one) => one.id));
  stage.show(size);
  desk.photo(drafts.of(editor.photo));
  const address = new URL(location.href);
  address.searchParams.set("photo", id);
  history.replaceState(null, "", address);
  document.title = `${name} · ${project.name}`;
  $("photo-name").textContent = name;
  $("stage").setAttribute("aria-label", `Photo ${name}`);
  $("problem").hidden = !problem;
  $("problem").textContent = problem ?? "";
  photos.picture();
  if (matchMedia("(max-width: 66rem)").matches) showList(false);
  if (project.assist && work.status === "todo") await fetchProposals(editor).catch((refusal) => desk.say(refusal.message));
}

// Someone may have saved the photo while nobody looked at this page.
async function refreshPhoto() {
  const { photo } = editor;
  if (!photo || saver.workOf(photo.id) || document.hidden) return;
  const now = await api.photo(photo.id).catch(() => null);
  if (!now || saver.workOf(photo.id) || editor.photo !== photo || saver.revisionOf(photo.id) >= now.revision) return;
  saver.read(photo, now.revision);
  editor.open(photo, now.work);
  photos.update(photo.id, summary(now.work));
  desk.say(`${now.author ?? "Someone"} has changed this photo meanwhile: this is how it stands.`);
}

editor.addEventListener("edit", () => {
  const { photo, work } = editor;
  if (photos.photo(photo.id).status !== work.status) refreshSoon(project.target);
  saver.keep(photo, work);
  photos.update(photo.id, summary(work));
});
saver.addEventListener("state", ({ detail }) => {
  $("saved").dataset.state = detail.state;
  $("saved").textContent = detail.words;
});
saver.addEventListener("conflict", async ({ detail: { photo, theirs } }) => {
  await pause();
  const mine = saver.workOf(photo.id);
  const { width, height } = editor.photo?.id === photo.id ? editor.photo : await insist(() => api.photo(photo.id));
  const work = await settle({ ...photo, width, height }, mine, theirs, categories);
  saver.decide(photo, theirs.revision, work === theirs.work ? null : work);
  if (editor.photo?.id === photo.id && work !== mine) editor.change(work);
  else photos.update(photo.id, summary(work));
});
photos.addEventListener("open", ({ detail }) => open(detail.id));
addEventListener("focus", refreshPhoto);
addEventListener("beforeunload", (event) => saver.unsaved && $("saved").dataset.state !== "saving" && event.preventDefault());

// ---- what is seen -----------------------------------------------------------------------------------------

function showUndo() {
  $("undo").disabled = !editor.canUndo && !desk.drawing;
  $("redo").disabled = !editor.canRedo;
}

editor.addEventListener("show", () => {
  const { only, chosen } = editor;
  const alike = chosen.length > 0 && chosen.every((one) => one.category === chosen[0].category);
  categories.show(alike ? chosen[0].category : null, likeliest(editor, only));
  showUndo();
  for (const element of document.querySelectorAll("[data-needs=selection]")) element.disabled = chosen.length === 0;
  for (const element of document.querySelectorAll("[data-needs=several]")) element.hidden = chosen.length < 2;
  $("proposed").hidden = editor.openProposals.length === 0;
  $("proposed-count").textContent = number.format(editor.openProposals.length);
  $("stage-frame").classList.toggle("focused", chosen.length > 0);
});
desk.addEventListener("change", () => {
  const { settings, tool } = desk;
  if (editor.photo) drafts.keep(editor.photo, desk.tools.outline.draft);
  for (const element of document.querySelectorAll("[data-command]")) {
    const { command } = element.dataset;
    const state = command in desk.tools ? command === tool : ["new", "add", "cut"].includes(command) ? command === settings.mode : settings[command];
    if (typeof state === "boolean") element.setAttribute("aria-pressed", state);
  }
  document.querySelector("[data-command=magnetic]").setAttribute("aria-busy", desk.looking);
  $("says").textContent = desk.tools[tool].says;
  $("drawing").hidden = !desk.drawing;
  showUndo();
  $("modes").hidden = tool !== "outline";
  $("opacity").value = settings.opacity;
  $("scene").style.setProperty("--opacity", settings.opacity);
  $("brush-size").hidden = !(desk.tools[tool] instanceof StrokeTool);
  $("stage").dataset.tool = tool;
  magnifier.turn(settings.magnifier);
});
desk.addEventListener("name", () => categories.ask());
$("opacity").addEventListener("input", () => desk.set("opacity", Number($("opacity").value)));
categories.addEventListener("choose", ({ detail }) => {
  run("rename", detail);
  $("stage").focus({ preventScroll: true });
});
categories.addEventListener("leave", () => $("stage").focus({ preventScroll: true }));

function showList(shown) {
  $("list").classList.toggle("shown", shown);
  $("show-list").setAttribute("aria-expanded", shown);
}

async function startReview() {
  try {
    if (!(await review.start())) desk.say("There is no disagreement to settle.");
  } catch (refusal) {
    desk.say(refusal.status === 404 ? "There is no second annotator: `wildwear annotate --review` names one." : refusal.message);
  }
}
review.addEventListener("settled", ({ detail }) => editor.photo?.id === detail && refreshPhoto());
review.addEventListener("open", ({ detail }) => open(detail));
$("show-list").addEventListener("click", () => showList(!$("list").classList.contains("shown")));
for (const close of document.querySelectorAll("[data-close]")) close.addEventListener("click", () => close.closest("dialog").close());

// ---- keys -------------------------------------------------------------------------------------------------

addEventListener("keydown", (event) => {
  if (event.target.id === "category" && (event.ctrlKey || event.metaKey) && !event.target.value) {
    // An empty field has nothing to undo: the photo has.
  } else if (isElsewhere(event)) {
    if (event.key === "Escape" && event.target.id === "search") $("stage").focus();
    return;
  }
  if (event.key === " ") {
    stage.spaced = true;
    $("stage").classList.add("spaced");
    return event.preventDefault();
  }
  const found = commandOf(event);
  if (!found) return;
  event.preventDefault();
  run(found.command, found.value);
});
// Who clicks a button goes on with the photo's keys; who presses it by a key stays on it.
addEventListener("click", (event) => {
  const clicked = event.detail > 0 && event.target.closest("main button, aside button");
  if (clicked && !document.querySelector("dialog[open]")) $("stage").focus({ preventScroll: true });
});
// A key that closes a dialog was the dialog's: it changes nothing on the photo behind it.
for (const dialog of document.querySelectorAll("dialog")) dialog.addEventListener("keydown", (event) => event.stopPropagation());
addEventListener("keyup", (event) => {
  if (event.key !== " ") return;
  stage.spaced = false;
  $("stage").classList.remove("spaced");
});

// ---- go ---------------------------------------------------------------------------------------------------

for (const element of document.querySelectorAll("[data-assist]")) element.hidden = !project.assist;
for (const element of document.querySelectorAll("[data-review]")) element.hidden = !project.review;
labelButtons(run);
fillHelp(project.skip_reasons);
desk.changed();
$("project-name").textContent = project.name;
$("author").textContent = project.author;
for (const element of document.querySelectorAll("[data-waiting]")) element.removeAttribute("data-waiting");
const left = await saver.recover(listed);
if (left.length) desk.say(`What had not been saved of ${left.length > MOST_NAMED ? counted(left.length, "photo") : left.map((one) => one.name).join(", ")} is being saved now.`);
const wanted = Number(new URLSearchParams(location.search).get("photo"));
const first = photos.photo(wanted) ?? photos.first;
const opened = first && open(first.id);
refresh(project.target); // what people wait for is asked first
await opened;
if (!first) desk.say("There are no photos in this project.");
