// Every state that the work on a photo was in since it was opened. States share what they have in common, so
// there is no end to them.

export class History {
  #states;
  #now = 0;

  constructor(state) {
    this.#states = [state];
  }

  get now() {
    return this.#states[this.#now];
  }

  get canUndo() {
    return this.#now > 0;
  }

  get canRedo() {
    return this.#now < this.#states.length - 1;
  }

  push(state) {
    this.#states.length = this.#now + 1;
    this.#states.push(state);
    this.#now += 1;
  }

  undo() {
    if (this.canUndo) this.#now -= 1;
    return this.now;
  }

  redo() {
    if (this.canRedo) this.#now += 1;
    return this.now;
  }
}
