/** The text of the page, in two tabs, to edit in both: as one reads it, and as Markdown. */

import { element } from "../elements.js";
import { part } from "./delivery.js";

/** @import { Browser } from "../browser.js" */
/** @import { Preview } from "./preview.js" */

export class TextField {
  #source = element("markdown", HTMLTextAreaElement);
  #rendered = element("preview", HTMLElement);
  #tabs = [element("tab-preview", HTMLElement), element("tab-source", HTMLElement)];
  #panels = [this.#rendered, element("source", HTMLElement)];
  #isEditable = false;
  /** @type {Preview | null} Once there is something to show. */
  #preview = null;

  /**
   * @param {Pick<Browser, "text">} browser
   * @param {() => void} edit
   */
  constructor(browser, edit) {
    this.browser = browser;
    this.edit = edit;
    this.#source.addEventListener("input", edit);
    for (const [index, tab] of this.#tabs.entries()) {
      tab.addEventListener("click", () => this.#select(index));
      tab.addEventListener("keydown", (event) => this.#press(event, index));
    }
    this.#rendered.addEventListener("dblclick", ({ target }) => this.#leadToSource(target));
  }

  get value() {
    return this.#source.value;
  }

  /** @param {string} markdown - What the daemon has; it takes the place of what was there. */
  put(markdown) {
    this.#preview?.forget();
    this.#source.value = markdown;
    this.#draw();
  }

  /** What is being written has come to its end. */
  finish() {
    this.#preview?.leave();
  }

  /**
   * @param {boolean} editable
   * @param {string} waiting - What is told while there is no text.
   */
  show(editable, waiting) {
    this.#source.disabled = !editable;
    this.#source.placeholder = waiting;
    this.#isEditable = editable;
    if (this.#isThere) {
      this.#draw();
    } else {
      void import("./preview.js"); // there by the time that the text is
      this.#preview?.forget();
      this.#rendered.replaceChildren(part("waits", waiting));
    }
  }

  /** Whether there is a text to read, or one to begin. */
  get #isThere() {
    return this.value !== "" || this.#isEditable;
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

  /**
   * What is in no block, a part of HTML or of a very long text, is edited there.
   * @param {EventTarget | null} target
   */
  #leadToSource(target) {
    if (target instanceof Element && target.closest(".block, .editing") === null) {
      this.#select(1);
      this.#source.focus();
    }
  }

  #draw() {
    if (this.#rendered.hidden || !this.#isThere) {
      return;
    }
    if (this.#preview === null) {
      void this.#load();
    } else {
      this.#preview.show(this.#isEditable);
    }
  }

  /** The form is there before. */
  async #load() {
    const { Preview } = await import("./preview.js");
    this.#preview ??= new Preview(this.#rendered, this.#source, this.browser, this.edit);
    this.#draw();
  }
}
