/** A text in the document, as one reads it, and where its blocks are in view. */

import { isBlank } from "../blocks.js";
import { MOST_RENDERED, renderBlocks } from "../rendering.js";
import { part } from "./delivery.js";

/** @import { Browser } from "../browser.js" */
/** @import { Block } from "../rendering.js" */

export class Rendered {
  #panel;
  #browser;
  /** @type {string | null} */
  #text = null;
  /** Characters of it that are. */
  #most = 0;
  /** @type {Block[]} In the order of the text. */
  #blocks = [];

  /**
   * @param {HTMLElement} panel
   * @param {Pick<Browser, "text">} browser
   */
  constructor(panel, browser) {
    this.#panel = panel;
    this.#browser = browser;
  }

  /** What is shown; null for nothing. */
  get text() {
    return this.#text;
  }

  /** Whether as much of it is shown as ever will be. */
  get isWhole() {
    return this.#most >= Math.min(this.#text?.length ?? 0, MOST_RENDERED);
  }

  /**
   * @param {string} text
   * @param {number} [most] - Characters of it to show.
   */
  draw(text, most = MOST_RENDERED) {
    const { shown, blocks } = renderBlocks(text, most);
    // What the reader has unfolded of this text stays so.
    const open = this.#text === null ? [] : this.#details().map((each) => each.open);
    this.#text = text;
    this.#most = most;
    this.#blocks = isBlank(text) ? [this.#nothing(text)] : blocks;
    this.#blocks.forEach(({ element }) => element.classList.add("block"));
    const isCut = text.length > MOST_RENDERED;
    const more = isCut ? [part("waits", this.#browser.text("preview_cut"))] : [];
    const hint = isBlank(text) ? this.#blocks.map(({ element }) => element) : [];
    this.#panel.replaceChildren(shown, ...more, ...hint);
    this.#details().forEach((each, index) => (each.open ||= open[index] ?? false));
  }

  /** What is shown next is another text. */
  forget() {
    this.#text = null;
  }

  /**
   * The block that an element lies in.
   * @param {Element} element
   */
  blockOf(element) {
    const found = element.closest(".block");
    return this.#blocks.find((block) => block.element === found);
  }

  /** @param {number} from */
  blockAt(from) {
    return this.#blocks.find((block) => block.from === from);
  }

  /**
   * The block after another one, or before it.
   * @param {Block} block
   * @param {boolean} isAfter
   */
  neighbour({ from, to }, isAfter) {
    const seen = this.#seen();
    return isAfter
      ? seen.find((other) => other.from >= to)
      : seen.findLast((other) => other.to <= from);
  }

  /** The first block that begins in view, or else one that reaches into it. */
  inView() {
    const view = this.#panel.getBoundingClientRect();
    const places = this.#seen().map((block) => ({ block, box: block.element.getBoundingClientRect() }));
    const shown = places.filter(({ box }) => box.bottom > view.top && box.top < view.bottom);
    return (shown.find(({ box }) => box.top >= view.top) ?? shown[0])?.block;
  }

  /** Those that can be seen; what is folded away cannot. */
  #seen() {
    return this.#blocks.filter(({ element }) => element.checkVisibility());
  }

  #details() {
    return [...this.#panel.querySelectorAll("details")];
  }

  /**
   * Stands for a text in which there is nothing.
   * @param {string} text
   * @returns {Block}
   */
  #nothing(text) {
    const element = document.createElement("p");
    element.className = "waits";
    element.textContent = this.#browser.text("preview_empty");
    return { element, from: 0, to: text.length };
  }
}
