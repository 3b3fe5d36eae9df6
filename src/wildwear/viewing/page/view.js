// Browse a dataset. What is shown is in the address: filters, page and photo; back and forward work.
// Everything from the dataset goes into the page as text or as an attribute of a shape, never as HTML.

const SVG = "http://www.w3.org/2000/svg";
const SEVERAL = ["category", "mask_size", "source", "people", "photo_size"];
const PAUSE = 250; // milliseconds after the last letter of a search
const $ = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("en");

const dataset = await ask("api/dataset");
const categories = new Map(dataset.categories.map((category) => [category.id, category]));
let listed = { photos: [], page: 1, pages: 1, total: 0, first: 0 };
let listedFor = null; // the filters and page that it answers

async function ask(path) {
  const answer = await fetch(path).catch(() => null);
  $("problem").hidden = Boolean(answer?.ok);
  if (!answer?.ok) {
    $("problem").textContent = answer ? `The server says ${answer.status}.` : "The server does not answer any more.";
    throw new Error(path);
  }
  return answer.json();
}

// An element with attributes and children; text becomes text.
function make(tag, attributes = {}, ...children) {
  const svg = ["svg", "path", "circle", "image", "rect", "title"].includes(tag);
  const element = svg ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return element;
}

function dot(colour) {
  return make("svg", { class: "dot", "aria-hidden": "true" }, make("circle", { cx: "50%", cy: "50%", r: "45%", fill: colour }));
}

// ---- the address ------------------------------------------------------------------------------------------

function state() {
  return new URLSearchParams(location.search);
}

// Go to another state; `replace` leaves no step for the back button.
function go(change, { replace = false } = {}) {
  const next = state();
  change(next);
  if (next.get("page") === "1") next.delete("page");
  if (next.get("text") === "") next.delete("text");
  const address = next.size ? `?${next}` : location.pathname;
  if (replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  return show();
}

function filtered(query) {
  query.delete("page");
  query.delete("photo");
}

function question(query) {
  const asked = new URLSearchParams(query);
  asked.delete("photo");
  return asked.toString();
}

// ---- filters ----------------------------------------------------------------------------------------------

function facets() {
  const groups = [
    ["category", "Category", [...dataset.categories].sort((a, b) => b.masks - a.masks).map((one) => [one.id, one.masks, one.name, one.colour])],
    ["mask_size", "Size of a mask", dataset.mask_size.map(([size, count]) => [size, count, { small: "small, under 32² px", medium: "medium", large: "large, over 96² px" }[size]])],
    ["source", "Source", dataset.source],
    ["people", "Who is on the photo", dataset.people],
    ["photo_size", "Size of the photo", dataset.photo_size],
  ];
  for (const [name, title, values] of groups) {
    if (values.length < 2) continue;
    const set = make("fieldset", {}, make("legend", {}, title));
    for (const [value, count, label = value, colour] of values) {
      const box = make("input", { type: "checkbox", name, value });
      box.addEventListener("change", () => go((query) => {
        filtered(query);
        const chosen = query.getAll(name).filter((other) => other !== String(value));
        query.delete(name);
        for (const one of box.checked ? [...chosen, value] : chosen) query.append(name, one);
      }));
      set.append(make("label", count ? {} : { class: "none" }, box, ...(colour ? [dot(colour)] : []), make("span", {}, label), make("small", {}, number.format(count))));
    }
    $("facets").append(set);
  }
}

function reflect(query) {
  for (const box of document.querySelectorAll("#facets input")) box.checked = query.getAll(box.name).includes(box.value);
  if (document.activeElement !== $("text")) $("text").value = query.get("text") ?? "";
  $("clear").hidden = !query.get("text") && !SEVERAL.some((name) => query.has(name));
}

// ---- the grid ---------------------------------------------------------------------------------------------

async function list(query) {
  const asked = question(query);
  if (asked === listedFor) return;
  $("photos").classList.add("waiting");
  const answer = await ask(`api/photos?${asked}`);
  if (question(state()) !== asked) return; // meanwhile something else was wanted
  [listed, listedFor] = [answer, asked];
  $("photos").replaceChildren(...listed.photos.map(card));
  $("photos").classList.remove("waiting");
  $("empty").hidden = listed.total > 0;
  const last = listed.first + listed.photos.length;
  $("shown").textContent = listed.total ? `${number.format(listed.first + 1)}–${number.format(last)} of ${number.format(listed.total)} photos` : "0 photos";
  $("page").value = listed.page;
  $("page").max = listed.pages;
  $("pages").textContent = `of ${number.format(listed.pages)}`;
  $("previous").disabled = listed.page <= 1;
  $("next").disabled = listed.page >= listed.pages;
}

function card(photo) {
  const address = state();
  address.set("photo", photo.row);
  const names = photo.categories.map((id) => categories.get(id).name).join(", ");
  const picture = make("div", { class: "picture" });
  const thumbnail = make("img", { src: `thumbnails/${photo.row}`, alt: `${photo.name}: ${names || "no masks"}`, loading: "lazy", decoding: "async" });
  thumbnail.addEventListener("error", () => picture.replaceChildren(make("span", {}, "no picture")));
  picture.append(thumbnail);
  const masks = `${photo.masks} mask${photo.masks === 1 ? "" : "s"}${photo.found ? "" : " · no photo"}`;
  const about = make("div", { class: "card" }, make("b", {}, photo.name), make("p", {}, masks), make("p", { title: names }, ...photo.categories.map((id) => dot(categories.get(id).colour))));
  const link = make("a", { href: `?${address}` }, picture, about);
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go((query) => query.set("photo", photo.row));
  });
  return make("li", {}, link);
}

function turn(page) {
  return go((query) => {
    query.delete("photo");
    query.set("page", Math.min(Math.max(1, page || 1), listed.pages));
  }).then(() => scrollTo(0, 0));
}

// ---- one photo --------------------------------------------------------------------------------------------

async function enlarge(row) {
  const photo = await ask(`api/photos/${row}`);
  if (state().get("photo") !== String(row)) return;
  $("photo-name").textContent = photo.name;
  const [height, width] = photo.size ?? [3, 4];
  const remark = photo.found ? "" : "The photo was not found: its masks lie on a plain ground.";
  $("remark").textContent = photo.size ? remark : "The photo was not found, and its size is not known.";
  $("remark").hidden = !$("remark").textContent;
  fields($("photo-fields"), { id: photo.id, size: photo.size ? `${number.format(width)} × ${number.format(height)} px` : "not known", ...photo.fields });
  const shapes = photo.size ? photo.instances.map((instance, index) => outline(instance, index)) : [];
  const largestFirst = photo.instances.map((_, index) => index).sort((a, b) => extent(photo.instances[b]) - extent(photo.instances[a]));
  $("stage").replaceChildren(make("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${photo.name}, ${photo.instances.length} masks` },
    make("rect", { class: "ground", width, height }),
    ...(photo.found ? [make("image", { href: `photos/${row}`, width, height, preserveAspectRatio: "none" })] : []),
    ...largestFirst.map((index) => shapes[index]).filter(Boolean)));
  $("instances").replaceChildren(...photo.instances.map((instance, index) => item(instance, index)));
  point(null);
  if (!$("large").open) $("large").showModal();
  const place = listed.photos.findIndex((one) => one.row === row);
  $("earlier").disabled = place >= 0 && listed.first + place === 0;
  $("later").disabled = place >= 0 && listed.first + place === listed.total - 1;
}

function extent(instance) {
  return instance.judged ? (instance.area ?? 0) : Infinity;
}

function outline(instance, index) {
  const d = instance.outlines.map((points) => points.map((value, at) => (at % 2 ? "," : at ? " L" : "M") + value).join("") + "Z").join(" ");
  const colour = categories.get(instance.category).colour;
  const shape = make("path", instance.judged ? { d, fill: colour, stroke: colour } : { d, class: "unjudged" }, make("title", {}, title(instance)));
  pointing(shape, index);
  return shape;
}

function title(instance) {
  return instance.judged ? categories.get(instance.category).name : "region that is not judged";
}

function item(instance, index) {
  const heading = make("h3", {}, ...(instance.judged ? [dot(categories.get(instance.category).colour)] : []), title(instance));
  const about = make("dl");
  const box = instance.bbox?.map((value) => number.format(Math.round(value * 10) / 10)).join(", ");
  const share = instance.share === null ? "" : ` (${(100 * instance.share).toFixed(1)} % of the photo)`;
  fields(about, {
    ...(instance.problem ? { problem: instance.problem } : {}),
    ...(instance.area === null ? {} : { area: `${number.format(Math.round(instance.area))} px${share}` }),
    ...(box ? { "box x, y, w, h": box } : {}),
    id: instance.id,
    ...instance.fields,
  });
  const listItem = make("li", { tabindex: "0" }, heading, about);
  pointing(listItem, index);
  listItem.addEventListener("focus", () => point(index));
  listItem.addEventListener("blur", () => point(null));
  return listItem;
}

function fields(list, values) {
  list.replaceChildren(...Object.entries(values).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
}

// A shape and its line in the list light up together.
function pointing(element, index) {
  element.dataset.index = index;
  element.addEventListener("pointerenter", () => point(index));
  element.addEventListener("pointerleave", () => point(null));
}

function point(index) {
  $("stage").classList.toggle("pointing", index !== null);
  for (const element of document.querySelectorAll("[data-index]")) element.classList.toggle("pointed", element.dataset.index === String(index));
}

// To the photo before or behind, over the border of a page too.
async function step(by) {
  const row = Number(state().get("photo"));
  let place = listed.photos.findIndex((one) => one.row === row) + by;
  if (place < 0 || place >= listed.photos.length) {
    const page = listed.page + by;
    if (page < 1 || page > listed.pages) return;
    await go((query) => query.set("page", page), { replace: true });
    place = by > 0 ? 0 : listed.photos.length - 1;
  }
  await go((query) => query.set("photo", listed.photos[place].row), { replace: true });
}

function close() {
  return go((query) => query.delete("photo"));
}

// ---- together ---------------------------------------------------------------------------------------------

async function show() {
  const query = state();
  reflect(query);
  await list(query);
  if (query.has("photo")) await enlarge(Number(query.get("photo")));
  else if ($("large").open) $("large").close();
}

document.title = `${dataset.name} · wildwear`;
$("name").textContent = dataset.name;
const convention = { visible: "masks show visible pixels", with_hidden: "masks include hidden parts" }[dataset.mask_convention];
$("about").textContent = [
  dataset.description,
  `${number.format(dataset.photos)} photos, ${number.format(dataset.masks)} masks${dataset.photos ? `, ${(dataset.masks / dataset.photos).toFixed(2)} a photo` : ""}`,
  convention,
].filter(Boolean).join(" · ");
facets();
if (matchMedia("(max-width: 52rem)").matches) $("filters").open = false;

let typing;
$("text").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => go((query) => { filtered(query); query.set("text", $("text").value); }, { replace: true }), PAUSE);
});
$("clear").addEventListener("click", () => { $("text").value = ""; go((query) => { for (const name of [...query.keys()]) query.delete(name); }); });
$("previous").addEventListener("click", () => turn(listed.page - 1));
$("next").addEventListener("click", () => turn(listed.page + 1));
$("page").addEventListener("change", () => turn(Math.round(Number($("page").value))));
$("earlier").addEventListener("click", () => step(-1));
$("later").addEventListener("click", () => step(1));
$("close").addEventListener("click", close);
$("with-masks").addEventListener("change", () => $("stage").classList.toggle("bare", !$("with-masks").checked));
$("large").addEventListener("cancel", (event) => { event.preventDefault(); close(); });
addEventListener("popstate", show);
addEventListener("keydown", (event) => {
  if (!$("large").open || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "ArrowLeft" && !$("earlier").disabled) step(-1);
  else if (event.key === "ArrowRight" && !$("later").disabled) step(1);
  else if (event.key === "m") $("with-masks").click();
});
await show();
