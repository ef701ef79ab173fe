/** A try of the summarizer on a text: written as it comes, stopped at any moment, kept nowhere. */

import { refusalOf } from "./ai.js";
import { part } from "./place-parts.js";

/** @import { Browser } from "../browser.js" */
/** @import { Daemon } from "../daemon.js" */
/** @import { Summary } from "../messages.js" */

/** @typedef {Pick<Browser, "text" | "language">} Texts */

export class Try {
  /** @type {AbortController | null} */
  #writing = null;

  /**
   * @param {{text: HTMLTextAreaElement, button: HTMLButtonElement, result: HTMLElement,
   *   told: HTMLElement}} elements
   * @param {Pick<Daemon, "trySummary">} daemon
   * @param {Texts} browser
   */
  constructor(elements, daemon, browser) {
    this.elements = elements;
    this.daemon = daemon;
    this.browser = browser;
    elements.text.value = browser.text("try_sample");
    elements.button.onclick = () => void this.#press();
  }

  async #press() {
    if (this.#writing !== null) {
      this.#writing.abort();
      return;
    }
    const [writing, { button, told }] = [new AbortController(), this.elements];
    this.#writing = writing;
    button.textContent = this.browser.text("form_stop");
    told.replaceChildren(part("p", "working", this.browser.text("summary_writing")));
    try {
      await this.#write(writing.signal);
    } catch (error) {
      told.replaceChildren(refusalOf(error, this.browser.text));
    } finally {
      this.#writing = null;
      button.textContent = this.browser.text("try_start");
    }
  }

  /** @param {AbortSignal} signal */
  async #write(signal) {
    const { text, result, told } = this.elements;
    const title = this.browser.text("try_title");
    const asked = { title, markdown: text.value, language: this.browser.language() };
    result.textContent = "";
    for await (const piece of this.daemon.trySummary(asked, signal)) {
      if (piece.type === "done") {
        result.textContent = piece.summary.markdown;
        told.replaceChildren(part("p", "help", takenBy(piece.summary, this.browser)));
        return;
      }
      result.textContent = piece.type === "text" ? result.textContent + piece.text : "";
    }
    told.replaceChildren(part("p", "help", this.browser.text("try_stopped")));
  }
}

/**
 * Who wrote a summary, and what it took.
 * @param {Summary} summary
 * @param {Texts} browser
 */
function takenBy({ made_by, input_tokens, output_tokens, cost, seconds }, { text, language }) {
  const tokens = input_tokens + output_tokens;
  return [
    made_by === "extract" ? text("summary_extract") : made_by,
    tokens > 0 ? text("summary_tokens", [tokens.toLocaleString(language())]) : "",
    cost === null ? "" : text("summary_cost", [String(cost)]),
    seconds === null ? "" : text("summary_seconds", [seconds.toFixed(1)]),
  ]
    .filter((each) => each !== "")
    .join(" · ");
}
