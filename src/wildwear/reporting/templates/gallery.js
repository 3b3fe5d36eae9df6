"use strict";
// Browse a run. What is shown is in the address, behind the #: filters, order and photo; back and forward work.
// Everything of the run goes into the page as text or as a path of a picture, never as HTML.

const CARDS = 40; // are made at once, which fill most screens; the next ones as the reader comes near
const PAUSE = 300; // milliseconds after a change, before the address follows
const NONE = "none"; // among the categories: photos without any garment
const $ = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("en");

const run = JSON.parse($("run").textContent);
const categories = new Map(run.categories.map((one) => [one.id, one]));
const photos = run.photos.map((photo, index) => ({
  ...photo,
  index,
  searched: photo.name.toLowerCase(),
  garments: photo.garments.map(([category, score, share, more], place) => ({
    category: categories.get(category), score, share, place,
    colours: [], alternatives: [], ...more,
    searched: [categories.get(category).words, ...(more.colours ?? []).map(([name]) => name)].map((words) => ` ${words}`).join(),
  })),
}));
const scores = photos.flatMap((photo) => photo.garments.map((garment) => garment.score));
const least = Math.floor(100 * scores.reduce((one, other) => Math.min(one, other), 1)) / 100;
let query = state(); // what is shown: filters, order and photo
let writing; // it to the address
let listed = []; // {photo, garments}: the photos that pass the filters, in order, and their garments that do
let carded = 0; // how many of them have a card
let listedFor = null; // the filters and order that they answer

// An element with attributes and children; text becomes text.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function dot(category) {
  return make("span", { class: `dot category-${category.id}` });
}

function counted(count, noun) {
  return `${number.format(count)} ${noun}${count === 1 ? "" : "s"}`;
}

// As everywhere in wildwear: only what is certain is written as 1.00.
function written(score) {
  return (score < 1 ? Math.min(score, 0.99) : score).toFixed(2);
}

function percent(share) {
  return share < 0.01 ? "under 1 %" : `${Math.round(100 * share)} %`;
}

// ---- the address ------------------------------------------------------------------------------------------

function state() {
  return new URLSearchParams(location.hash.slice(1));
}

function write({ step = false } = {}) {
  clearTimeout(writing);
  const address = query.size ? `#${query}` : location.pathname + location.search;
  if (step) history.pushState({ opened: true }, "", address);
  else history.replaceState(history.state, "", address);
}

// Go to another state; a step for the back button is left where a photo opens. Browsers let a page write the
// address a few times a second only, and a slider is faster: it is written after a pause.
function go(change, { step = false } = {}) {
  if (step) write(); // what the step leads back to
  change();
  for (const [name, value] of [...query]) if (value === "") query.delete(name);
  clearTimeout(writing);
  if (step) write({ step });
  else writing = setTimeout(write, PAUSE);
  show();
}

// What the filters ask for.
function asked() {
  const chosen = new Set(query.getAll("garment"));
  return {
    words: (query.get("search") ?? "").toLowerCase().split(/\s+/).filter(Boolean),
    score: Number(query.get("score") ?? least),
    none: chosen.delete(NONE),
    chosen: new Set([...chosen].map(Number)),
    all: query.get("with") === "all",
    sort: query.get("sort") ?? "photo",
  };
}

// ---- what passes ------------------------------------------------------------------------------------------

// Each word is in the name of the photo, or all that are not are said of one of its garments.
// Returns what passes, and how many garments (photos, for NONE) each category would show.
function filtered({ words, score, none, chosen, all }) {
  const counts = new Map([...categories.keys(), NONE].map((id) => [id, 0]));
  const count = (id) => counts.set(id, counts.get(id) + 1);
  const passing = [];
  for (const photo of photos) {
    const others = words.filter((word) => !photo.searched.includes(word));
    const sure = photo.garments.filter((garment) => garment.score >= score);
    if (!sure.length) {
      if (others.length) continue;
      count(NONE);
      if (none || (!chosen.size && score <= least)) passing.push({ photo, garments: sure });
      continue;
    }
    const said = others.length ? sure.filter((garment) => others.every((word) => garment.searched.includes(` ${word}`))) : sure;
    for (const garment of said) count(garment.category.id);
    const garments = chosen.size || none ? said.filter((garment) => chosen.has(garment.category.id)) : said;
    if (garments.length && !(all && new Set(garments.map((one) => one.category)).size < chosen.size)) passing.push({ photo, garments });
  }
  return { passing, counts };
}

const ORDERS = {
  surest: (one, other) => other.score - one.score,
  unsurest: (one, other) => one.score - other.score,
  largest: (one, other) => other.share - one.share,
  smallest: (one, other) => one.share - other.share,
  name: (one, other) => one.category.name.localeCompare(other.category.name),
};

// Photos stand where the first of their garments would; those without any come last.
function sorted(passing, sort) {
  const compare = ORDERS[sort];
  if (!compare) return passing;
  for (const one of passing) one.first = one.garments.reduce((first, other) => (compare(first, other) <= 0 ? first : other), one.garments[0]);
  const filled = passing.filter((one) => one.first);
  return [...filled.sort((one, other) => compare(one.first, other.first)), ...passing.filter((one) => !one.first)];
}

// ---- filters ----------------------------------------------------------------------------------------------

function choices() {
  for (const category of [...categories.values(), null]) {
    const value = category?.id ?? NONE;
    const box = make("input", { type: "checkbox", name: "garment", value });
    box.addEventListener("change", () => go(() => {
      const chosen = query.getAll("garment").filter((other) => other !== box.value);
      query.delete("garment");
      for (const one of box.checked ? [...chosen, box.value] : chosen) query.append("garment", one);
    }));
    const label = category ? [dot(category), make("span", {}, category.name)] : [make("span", {}, "photos without any")];
    $("categories").append(make("label", {}, box, ...label, make("small")));
  }
}

function reflect(wanted, counts) {
  for (const box of document.querySelectorAll("#categories input")) {
    const count = counts.get(box.value === NONE ? NONE : Number(box.value));
    box.checked = query.getAll("garment").includes(box.value);
    box.parentElement.classList.toggle("none", count === 0);
    box.parentElement.lastChild.textContent = number.format(count);
    box.setAttribute("aria-description", counted(count, box.value === NONE ? "photo" : "garment"));
  }
  if (document.activeElement !== $("text")) $("text").value = query.get("search") ?? "";
  $("score").value = wanted.score;
  $("score-said").textContent = wanted.score.toFixed(2);
  $("mode").value = wanted.all ? "all" : "any";
  $("how").hidden = wanted.chosen.size < 2;
  $("sort").value = wanted.sort;
  const active = ["search", "score", "garment"].filter((name) => query.has(name)).length;
  $("clear").hidden = active === 0;
  $("active").textContent = active ? `· ${active} set` : "";
}

// ---- the grid ---------------------------------------------------------------------------------------------

function list() {
  const wanted = asked();
  const question = new URLSearchParams(query);
  question.delete("photo");
  if (question.toString() === listedFor) return;
  listedFor = question.toString();
  const { passing, counts } = filtered(wanted);
  listed = sorted(passing, wanted.sort);
  reflect(wanted, counts);
  $("photos").replaceChildren();
  carded = 0;
  deal();
  const garments = listed.reduce((sum, one) => sum + one.garments.length, 0);
  const whole = listed.length === photos.length && garments === scores.length;
  $("shown").textContent = whole
    ? `${counted(photos.length, "photo")}, ${counted(garments, "garment")}`
    : `${number.format(listed.length)} of ${counted(photos.length, "photo")}, with ${number.format(garments)} of ${counted(scores.length, "garment")}`;
  $("empty").hidden = listed.length > 0;
}

const nearing = new IntersectionObserver(([end]) => { if (end.isIntersecting) deal(); }, { rootMargin: "900px" });

// Make the next cards, at least as far as a place in the list.
function deal(place = 0) {
  const end = Math.max(carded + CARDS, place + 1);
  $("photos").append(...listed.slice(carded, end).map(card));
  carded = Math.min(end, listed.length);
  $("more").hidden = carded === listed.length;
  $("more").textContent = `Show more: ${counted(listed.length - carded, "photo")} below`;
  nearing.unobserve($("more")); // begun anew, it tells also that the end is still near
  nearing.observe($("more"));
}

function thumbnail(path) {
  const picture = make("div", { class: "picture" });
  const small = make("img", { src: path, alt: "", loading: "lazy", decoding: "async" });
  small.addEventListener("error", () => picture.replaceChildren(make("span", {}, "no picture")));
  picture.append(small);
  return picture;
}

function card({ photo, garments }) {
  photo.picture ??= thumbnail(photo.thumbnail); // kept, so that nothing flickers while a slider moves
  const found = photo.garments.map((garment) => make("span", garments.includes(garment) ? {} : { class: "other" },
    dot(garment.category), `${garment.category.name} `, make("small", {}, written(garment.score))));
  const words = make("p", { class: found.length ? "found" : "quiet found" }, ...(found.length ? found : ["no garment found"]));
  const link = make("a", { href: photo.overlay || photo.thumbnail }, photo.picture, make("div", { class: "caption" }, make("b", {}, photo.name), words));
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // to a tab of its own
    event.preventDefault();
    go(() => query.set("photo", photo.name), { step: true });
  });
  return make("li", {}, link);
}

// ---- the large view ---------------------------------------------------------------------------------------

function enlarge(name) {
  const photo = photos.find((one) => one.name === name);
  if (!photo) return close();
  const place = listed.findIndex((one) => one.photo === photo);
  const passing = listed[place]?.garments ?? [];
  const [height, width] = photo.size;
  $("picture").href = photo.overlay || photo.thumbnail;
  $("large-picture").style.backgroundImage = `url("${photo.thumbnail}")`; // until the large one is there
  $("large-picture").src = photo.overlay || photo.thumbnail;
  $("large-picture").alt = `${photo.name}: ${photo.garments.map((garment) => garment.category.name).join(", ") || "no garment"}`;
  $("photo-name").textContent = photo.name;
  $("photo-fields").textContent = `${number.format(width)} × ${number.format(height)} pixels, ${counted(photo.garments.length, "garment")}`;
  $("place").textContent = place < 0 ? "not among those shown" : `${number.format(place + 1)} of ${number.format(listed.length)}`;
  $("earlier").setAttribute("aria-disabled", place <= 0);
  $("later").setAttribute("aria-disabled", place === listed.length - 1);
  const all = photo.cutout ? [make("li", { class: "garment" }, cutout(photo.cutout, "all garments"), make("h3", {}, "all together"))] : [];
  $("garments").replaceChildren(...photo.garments.map((garment) => row(garment, passing.includes(garment))), ...all);
  for (const beside of [listed[place - 1], listed[place + 1]]) if (beside?.photo.overlay) new Image().src = beside.photo.overlay;
  if (!$("large").open) $("large").showModal();
  document.querySelector("aside").scrollTop = $("large").scrollTop = 0;
}

function cutout(path, name) {
  return make("a", { class: "cutout", href: path, target: "_blank", title: "Open the cut-out alone" }, make("img", { src: path, alt: `cut-out: ${name}`, loading: "lazy", decoding: "async" }));
}

function row(garment, passes) {
  const { category } = garment;
  const words = [make("h3", {}, dot(category), category.name, make("small", {}, written(garment.score)))];
  words.push(make("p", { class: "quiet" }, `${percent(garment.share)} of the photo`));
  if (garment.alternatives.length) {
    const others = garment.alternatives.map(([other, probability]) => `${other} ${written(probability)}`);
    words.push(make("p", { class: "quiet" }, `or ${others.join(", ")}`));
  }
  if (garment.colours.length) {
    words.push(make("p", { class: "quiet" }, ...garment.colours.map(([name, hex]) => {
      const swatch = make("span", { class: "swatch", title: hex });
      swatch.style.background = hex;
      return make("span", {}, swatch, name);
    })));
  }
  const picture = garment.cutout ? [cutout(garment.cutout, category.name)] : [];
  return make("li", { class: passes ? "garment" : "garment other" }, ...picture, make("div", {}, ...words));
}

// To a photo before or behind, in the order of the list.
function step(by) {
  const place = listed.findIndex((one) => one.photo.name === query.get("photo")) + by;
  if (place >= 0 && place < listed.length) go(() => query.set("photo", listed[place].photo.name));
}

function close() {
  const opened = history.state?.opened;
  go(() => query.delete("photo"));
  if (!opened) return;
  clearTimeout(writing);
  history.back();
}

// The reader comes back to the photo that was seen last, also where it lies further down.
function leave() {
  $("large").close();
  const place = listed.findIndex((one) => one.photo.name === $("photo-name").textContent);
  if (place >= carded) deal(place);
  $("photos").children[place]?.firstChild.focus();
}

// ---- together ---------------------------------------------------------------------------------------------

function show() {
  list();
  if (query.has("photo")) enlarge(query.get("photo"));
  else if ($("large").open) leave();
}

choices();
$("score").min = least;
$("score").parentElement.hidden = !scores.length;
if (matchMedia("(max-width: 52rem)").matches) $("filters").open = false;
$("text").addEventListener("input", () => go(() => query.set("search", $("text").value)));
$("score").addEventListener("input", () => go(() => query.set("score", $("score").value > least ? $("score").value : "")));
$("mode").addEventListener("change", () => go(() => query.set("with", $("mode").value === "all" ? "all" : "")));
$("sort").addEventListener("change", () => go(() => query.set("sort", $("sort").value === "photo" ? "" : $("sort").value)));
$("clear").addEventListener("click", () => {
  $("text").value = "";
  go(() => { for (const name of ["search", "score", "garment", "with"]) query.delete(name); });
  $("text").focus();
});
$("more").addEventListener("click", () => {
  const next = carded;
  deal();
  $("photos").children[next]?.firstChild.focus();
});
$("earlier").addEventListener("click", () => step(-1));
$("later").addEventListener("click", () => step(1));
$("close").addEventListener("click", close);
$("large").addEventListener("cancel", (event) => { event.preventDefault(); close(); });
$("large").addEventListener("close", () => { if (query.has("photo")) close(); }); // Esc before anything was touched
addEventListener("popstate", () => {
  query = state();
  show();
});
addEventListener("keydown", (event) => {
  if (!$("large").open || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "ArrowLeft") step(-1);
  else if (event.key === "ArrowRight") step(1);
});
document.querySelector(".columns").hidden = false;
show();
