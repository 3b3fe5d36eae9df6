// The server, as functions. Who may ask is known by the token of the address that `wildwear annotate` printed.

const token = keptToken();

// An answer that is no success: `status` as of HTTP (0: no answer at all), `answer` as JSON, where it has any.
export class Refusal extends Error {
  constructor(status, answer) {
    super(typeof answer?.detail === "string" ? answer.detail : status ? `The server says ${status}.` : "The server does not answer.");
    this.status = status;
    this.answer = answer;
  }
}

// Out of the address bar, where people copy it from, into this tab.
function keptToken() {
  const address = new URL(location.href);
  const given = address.searchParams.get("token");
  if (given) {
    sessionStorage.setItem("token", given);
    address.searchParams.delete("token");
    history.replaceState(null, "", address);
  }
  return sessionStorage.getItem("token") ?? "";
}

async function ask(path, { method = "GET", body, keepalive = false } = {}) {
  const headers = { "X-Wildwear-Token": token };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer, read;
  try {
    answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), keepalive });
    read = await answer.json().catch(() => null);
  } catch {
    throw new Refusal(0, null);
  }
  if (!answer.ok) throw new Refusal(answer.status, read);
  return read;
}

export const project = () => ask("api/project");
export const photos = () => ask("api/photos");
export const photo = (id) => ask(`api/photos/${id}`);
export const progress = () => ask("api/progress");
export const save = (id, edit, { keepalive } = {}) => ask(`api/photos/${id}`, { method: "PUT", body: edit, keepalive });
export const proposals = (id) => ask(`api/photos/${id}/proposals`);
export const mask = (id, hint) => ask(`api/photos/${id}/mask`, { method: "POST", body: hint });
export const snap = (id, outline) => ask(`api/photos/${id}/snap`, { method: "POST", body: outline });
export const patch = (id, click) => ask(`api/photos/${id}/patch`, { method: "POST", body: click });
export const review = () => ask("api/review");
export const settle = (photo, decision) => ask(`api/review/${photo}/settle`, { method: "POST", body: decision });
export const imageOf = (id) => `photos/${id}/image`;
export const thumbnailOf = (id) => `photos/${id}/thumbnail`;
