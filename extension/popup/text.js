/** The text of the page, in two tabs: as one reads it, and as Markdown to edit. */

import { element } from "../elements.js";
import { part } from "./delivery.js";

/** @import { Browser } from "../browser.js" */

export class TextField {
  #source = element("markdown", HTMLTextAreaElement);
  #preview = element("preview", HTMLElement);
  #tabs = [element("tab-preview", HTMLElement), element("tab-source", HTMLElement)];
  #panels = [this.#preview, element("source", HTMLElement)];
  /** @type {string | null} What the preview shows. */
  #drawn = null;

  /**
   * @param {Pick<Browser, "text">} browser
   * @param {() => void} edit
   */
  constructor(browser, edit) {
    this.browser = browser;
    this.#source.addEventListener("input", edit);
    for (const [index, tab] of this.#tabs.entries()) {
      tab.addEventListener("click", () => this.#select(index));
      tab.addEventListener("keydown", (event) => this.#press(event, index));
    }
    this.#preview.addEventListener("dblclick", () => {
      this.#select(1);
      this.#source.focus();
    });
  }

  get value() {
    return this.#source.value;
  }

  /** @param {string} markdown - What the daemon has; it takes the place of what was there. */
  put(markdown) {
    this.#source.value = markdown;
    this.#draw();
  }

  /**
   * @param {boolean} editable
   * @param {string} waiting - What is told while there is no text.
   */
  show(editable, waiting) {
    this.#source.disabled = !editable;
    this.#source.placeholder = waiting;
    if (this.value === "") {
      this.#drawn = null;
      this.#preview.replaceChildren(part("waits", waiting));
    }
  }

  /** @param {number} chosen */
  #select(chosen) {
    for (const [index, tab] of this.#tabs.entries()) {
      tab.ariaSelected = String(index === chosen);
      tab.tabIndex = index === chosen ? 0 : -1;
    }
    for (const [index, panel] of this.#panels.entries()) {
      panel.hidden = index !== chosen;
    }
    this.#draw();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {number} index
   */
  #press(event, index) {
    const ends = { Home: 0, End: 1, ArrowLeft: 1 - index, ArrowRight: 1 - index };
    const chosen = Object.entries(ends).find(([key]) => key === event.key)?.[1];
    if (chosen !== undefined) {
      event.preventDefault();
      this.#select(chosen);
      this.#tabs[chosen]?.focus();
    }
  }

  #draw() {
    if (!this.#preview.hidden && this.value !== "" && this.value !== this.#drawn) {
      this.#drawn = this.value;
      void this.#render(this.value);
    }
  }

  /** @param {string} markdown */
  async #render(markdown) {
    // Loaded when there is something to render: the form is there before.
    const { MOST_RENDERED, renderSafely } = await import("../rendering.js");
    if (markdown === this.#drawn) {
      const isCut = markdown.length > MOST_RENDERED;
      const more = isCut ? [part("waits", this.browser.text("preview_cut"))] : [];
      this.#preview.replaceChildren(renderSafely(markdown), ...more);
      this.#preview.scrollTop = 0;
    }
  }
}
