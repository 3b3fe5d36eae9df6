// The page of `wildwear serve`: a photo in, its garments outlined; one alone, a threshold, files to take away.
// The photo stays in this tab; the server sees it once for the page and once for each file.

const SVG = "http://www.w3.org/2000/svg";
const UNAUTHORIZED = 401;
const EVERYTHING = 0.1; // the lowest score that the threshold can be set to

const $ = (id) => document.getElementById(id);
const stage = $("stage"), canvas = $("photo"), outlines = $("outlines"), list = $("garments");

let model = null; // what /v1/model says; null until it is known
let key = "";
let photo = null; // the file
let garments = []; // as the server found them, the surest first
let least = null; // the score that a person chose; null leaves it to the model, category by category
let alone = null; // the garment that is chosen
let newest = 0; // number of the photo that was taken last

async function ask(path, options = {}) {
  const headers = { ...options.headers };
  if (key) headers.Authorization = `Bearer ${key}`;
  const response = await fetch(path, { ...options, headers });
  if (response.ok) return response;
  $("key").hidden = response.status !== UNAUTHORIZED;
  if (response.status === UNAUTHORIZED) $("secret").focus();
  const { detail } = await response.json().catch(() => ({}));
  throw new Error(typeof detail === "string" ? detail : `the server answers ${response.status}`);
}

function segment(format, options) {
  const query = new URLSearchParams({ format, ...options });
  const headers = { "Content-Type": "application/octet-stream" };
  return ask(`v1/segment?${query}`, { method: "POST", body: photo, headers });
}

async function take(file) {
  const number = ++newest;
  photo = file;
  show([], "Looking for garments …");
  $("problem").hidden = true;
  try {
    const drawn = await draw(file, number);
    if (number !== newest) return;
    model ??= await (await ask("v1/model")).json();
    const answer = await (await segment("polygons", { score: EVERYTHING })).json();
    if (number !== newest) return;
    outlines.setAttribute("viewBox", `0 0 ${answer.width} ${answer.height}`);
    if (!drawn) fit(answer.width, answer.height);
    show(answer.garments);
  } catch (error) {
    if (number !== newest) return;
    show([], "");
    complain(error);
  } finally {
    if (number === newest) stage.classList.remove("waiting");
  }
}

// Whether the browser can show this kind of file; the server may read it where it cannot. Nothing is drawn
// where another photo was taken meanwhile.
async function draw(file, number) {
  stage.hidden = false;
  stage.classList.add("waiting");
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (number !== newest) return false;
  fit(bitmap?.width ?? 3, bitmap?.height ?? 4);
  if (bitmap) canvas.getContext("2d").drawImage(bitmap, 0, 0);
  return bitmap !== null;
}

function fit(width, height) {
  canvas.width = width;
  canvas.height = height;
}

function complain(error) {
  $("problem").textContent = `That did not work: ${error.message}`;
  $("problem").hidden = false;
}

const ownThreshold = (garment) => model.category_scores[garment.category] ?? model.score;
const visible = () => garments.filter((one) => one.score >= (least ?? ownThreshold(one)));
const words = (name) => name.replaceAll("_", " ");

function show(found, status) {
  garments = found;
  alone = least = null;
  if (model) $("threshold").value = model.score;
  $("found").hidden = found.length === 0;
  render();
  if (status !== undefined) $("status").textContent = status;
}

function render() {
  const shown = visible();
  if (!shown.includes(alone)) alone = null;
  $("least").textContent = least === null ? "the model's choice" : least.toFixed(2);
  $("status").textContent = shown.length === 1 ? "1 garment" : `${shown.length || "No"} garments`;
  outlines.replaceChildren(...[...shown].reverse().map(outline)); // the surest lies on top
  list.replaceChildren(...shown.map(entry));
  mark(null);
}

const path = (garment) => garment.polygons
  .map((points) => `M${points.join(" ")}Z`)
  .join("");

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}

function outline(garment) {
  const drawn = element("path", { class: "outline", d: path(garment), stroke: garment.colour, "fill-rule": "evenodd" });
  drawn.garment = garment;
  drawn.addEventListener("pointerenter", () => mark(garment));
  drawn.addEventListener("pointerleave", () => mark(null));
  drawn.addEventListener("click", () => isolate(garment));
  return drawn;
}

function entry(garment) {
  const item = document.createElement("li"), button = document.createElement("button");
  const swatch = element("svg", { viewBox: "0 0 10 10", "aria-hidden": "true" });
  swatch.append(element("circle", { cx: 5, cy: 5, r: 4.5, fill: garment.colour, stroke: "gray" }));
  const name = document.createElement("span"), score = document.createElement("span");
  name.className = "name";
  name.textContent = words(garment.category);
  score.className = "score";
  score.textContent = garment.score.toFixed(2);
  button.type = "button";
  button.garment = garment;
  button.append(swatch, name, score);
  button.addEventListener("pointerenter", () => mark(garment));
  button.addEventListener("pointerleave", () => mark(null));
  button.addEventListener("focus", () => mark(garment));
  button.addEventListener("blur", () => mark(null));
  button.addEventListener("click", () => isolate(garment));
  item.append(button);
  return item;
}

function isolate(garment) {
  alone = alone === garment ? null : garment;
  mark(null);
}

// Show the garment that is pointed at or, if none is, that which is chosen, apart from all others.
function mark(near) {
  const lit = near ?? alone;
  for (const drawn of outlines.querySelectorAll(".outline")) {
    drawn.classList.toggle("near", drawn.garment === lit);
    drawn.classList.toggle("far", lit !== null && drawn.garment !== lit);
  }
  for (const button of list.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.garment === alone));
  }
  outlines.querySelector(".shade")?.remove();
  if (lit) {
    const around = `M0 0H${canvas.width}V${canvas.height}H0Z`;
    outlines.prepend(element("path", { class: "shade", d: around + path(lit) }));
  }
}

async function download(button, format, name) {
  button.disabled = true;
  try {
    const response = await segment(format, least === null ? {} : { score: least });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await response.blob());
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch (error) {
    complain(error);
  } finally {
    button.disabled = false;
  }
}

for (const [id, format, name] of [
  ["cutouts", "cutouts", "garments.zip"],
  ["json", "coco", "garments.json"],
  ["overlay", "overlay", "garments.png"],
]) {
  $(id).addEventListener("click", () => download($(id), format, name));
}

const first = (files) => [...files].find((file) => file.type.startsWith("image/") || file.type === "");
const takeFirst = (files) => { const file = first(files); if (file) take(file); };

$("file").addEventListener("change", (event) => takeFirst(event.target.files));
document.addEventListener("paste", (event) => takeFirst(event.clipboardData.files));
document.addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.add("dragging"); });
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("dragging"); });
document.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dragging");
  takeFirst(event.dataTransfer.files);
});
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && alone) isolate(alone); });
$("threshold").addEventListener("input", (event) => { least = Number(event.target.value); render(); });

function unlock() {
  key = $("secret").value;
  $("key").hidden = true;
  if (photo) take(photo);
}
$("unlock").addEventListener("click", unlock);
$("secret").addEventListener("keydown", (event) => { if (event.key === "Enter") unlock(); });
