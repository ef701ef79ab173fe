/** The line that says when a page was archived before, leads to the note, and offers to update it. */

import { addressOf, NOTHING } from "../library/wish.js";
import { dayOf } from "../times.js";
import { part } from "./delivery.js";

/** @import { Browser } from "../browser.js" */
/** @import { CaptureView, Earlier } from "../messages.js" */

const LIBRARY = "../library/library.html";

export class EarlierLine {
  /** The note that is told of; "" for none. */
  #shown = "";
  #update = document.createElement("button");

  /**
   * @param {HTMLElement} line
   * @param {Pick<Browser, "text" | "language">} browser
   * @param {() => void} update
   */
  constructor(line, browser, update) {
    this.line = line;
    this.browser = browser;
    this.#update.id = "update";
    this.#update.type = "button";
    this.#update.textContent = browser.text("earlier_update");
    this.#update.title = browser.text("earlier_update_help");
    this.#update.addEventListener("click", update);
  }

  /**
   * @param {CaptureView | null} capture
   * @param {{may: boolean}} update - Whether this is the time for one.
   */
  show(capture, { may }) {
    const earlier = capture?.earlier ?? null;
    const shown = JSON.stringify(earlier);
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.line.replaceChildren(...(earlier === null ? [] : this.#told(earlier)));
    }
    this.line.hidden = earlier === null;
    this.#update.hidden = capture?.state !== "draft";
    this.#update.disabled = !may;
  }

  /** @param {Earlier} earlier */
  #told(earlier) {
    const date = dayOf(earlier.archived_at, this.browser.language());
    const told = part("told", this.browser.text("form_earlier", [date]));
    told.title = (online(earlier) ?? earlier.places[0])?.place ?? "";
    const link = document.createElement("a");
    link.href = online(earlier)?.url ?? LIBRARY + addressOf({ ...NOTHING, note: earlier.id });
    link.target = "_blank";
    link.textContent = this.browser.text("earlier_open");
    return [told, link, this.#update];
  }
}

/**
 * Where it lies on the web: extensions may open no file, so those are read in the library.
 * @param {Earlier} earlier
 */
function online({ places }) {
  return places.find(({ url }) => /^https?:/.test(url ?? ""));
}
