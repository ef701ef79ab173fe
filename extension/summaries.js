/**
 * Summaries that are being written, for whichever form shows them: closing one stops none, as what
 * a service writes is paid for, and a form closes with a click beside it.
 */

import { ExtensionError, explain } from "./errors.js";

/** @import { Browser } from "./browser.js" */
/** @import { Daemon } from "./daemon.js" */
/** @import { ErrorInfo } from "./messages.js" */

/** @typedef {{text: string, stop: AbortController}} Writing */

export class Summaries {
  /** @type {Map<string, Writing>} By the id of their capture. */
  #writings = new Map();
  /** @type {Set<(id: string, error: ErrorInfo | null) => void>} */
  #listeners = new Set();

  /**
   * @param {Pick<Daemon, "summarize">} daemon
   * @param {Pick<Browser, "text">} browser
   */
  constructor(daemon, browser) {
    this.daemon = daemon;
    this.browser = browser;
  }

  /**
   * Hear of every piece and every end, and why it is one if it is none; returns what ends it.
   * @param {(id: string, error: ErrorInfo | null) => void} listener
   */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * What is there of the summary that is being written; null: none is.
   * @param {string} id
   */
  text(id) {
    return this.#writings.get(id)?.text ?? null;
  }

  /**
   * Write the summary of a draft; the daemon keeps it when it is complete.
   * @param {string} id
   */
  async write(id) {
    this.stop(id);
    const writing = { text: "", stop: new AbortController() };
    this.#writings.set(id, writing);
    this.#tell(id, null);
    const error = await this.#follow(id, writing).then(
      () => null,
      (/** @type {unknown} */ failure) => explain(failure, this.browser.text),
    );
    if (this.#writings.get(id) === writing) {
      this.#writings.delete(id);
      this.#tell(id, error);
    }
  }

  /**
   * Nothing of what was written so far is kept.
   * @param {string} id
   */
  stop(id) {
    const writing = this.#writings.get(id);
    if (writing !== undefined) {
      this.#writings.delete(id);
      writing.stop.abort();
      this.#tell(id, null);
    }
  }

  /**
   * @param {string} id
   * @param {Writing} writing
   */
  async #follow(id, writing) {
    for await (const piece of this.daemon.summarize(id, writing.stop.signal)) {
      if (piece.type === "done") {
        return;
      }
      writing.text = piece.type === "text" ? writing.text + piece.text : "";
      if (this.#writings.get(id) === writing) {
        this.#tell(id, null);
      }
    }
    if (!writing.stop.signal.aborted) {
      throw new ExtensionError("answer-invalid", "a summary without its end");
    }
  }

  /**
   * @param {string} id
   * @param {ErrorInfo | null} error
   */
  #tell(id, error) {
    for (const listener of this.#listeners) {
      listener(id, error);
    }
  }
}
