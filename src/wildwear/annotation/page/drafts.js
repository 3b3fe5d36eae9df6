// Outlines that are not closed yet: they outlive a reload, and a look at another photo.

export class Drafts {
  #project;

  constructor(project) {
    this.#project = project.name;
  }

  // The draft of a photo, null where there is none any more.
  keep(photo, draft) {
    try {
      if (draft) localStorage.setItem(this.#key(photo), JSON.stringify(draft));
      else localStorage.removeItem(this.#key(photo));
    } catch {
      // A browser without room: it stays in this page alone.
    }
  }

  of(photo) {
    return JSON.parse(localStorage.getItem(this.#key(photo)) ?? "null");
  }

  #key({ id, name }) {
    return ["draft", this.#project, id, name].map(encodeURIComponent).join("|");
  }
}
