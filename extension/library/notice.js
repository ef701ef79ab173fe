/** What was done, in a line at the foot of the page, and the button that undoes it. */

import { element } from "../elements.js";

/** @typedef {{told: string, undo: (() => Promise<void>) | null}} Told */

export class Notice {
  #box = element("notice", HTMLElement);
  #undo = element("notice-undo", HTMLButtonElement);
  /** @type {Told[]} The newest last: what was done before can be undone after it. */
  #all = [];

  constructor() {
    this.#undo.addEventListener("click", () => void this.#undoLast());
    element("notice-close", HTMLElement).addEventListener("click", () => {
      this.#all = [];
      this.#draw();
    });
  }

  /**
   * @param {string} told
   * @param {(() => Promise<void>) | null} [undo]
   */
  tell(told, undo = null) {
    this.#all = [...this.#all.filter((each) => each.undo !== null), { told, undo }];
    this.#draw();
  }

  async #undoLast() {
    const last = this.#all.pop();
    this.#draw();
    await last?.undo?.();
  }

  #draw() {
    const last = this.#all.at(-1);
    this.#box.hidden = last === undefined;
    element("notice-told", HTMLElement).textContent = last?.told ?? "";
    this.#undo.hidden = !last?.undo;
  }
}
