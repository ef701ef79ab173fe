/** The list of what is not delivered everywhere, of whichever page, and its buttons. */

import { element } from "../elements.js";
import { redraw } from "../lines.js";
import { describeDelivery, discardButton, part, problemOf, retryButton } from "./delivery.js";

/** @import { Browser } from "../browser.js" */
/** @import { CaptureView } from "../messages.js" */

export class UnsettledList {
  #section = element("unsettled", HTMLElement);
  #list = element("unsettled-list", HTMLElement);
  /** @type {CaptureView[]} */
  #captures = [];
  #count = 0;
  /** The capture that the form itself shows. */
  #own = "";

  /**
   * @param {Pick<Browser, "text" | "language">} browser
   * @param {{
   *   retry: (delivery: string) => void,
   *   resend: (capture: string) => void,
   *   discard: (capture: string) => void,
   * }} does
   */
  constructor(browser, does) {
    this.browser = browser;
    this.does = does;
  }

  /**
   * @param {CaptureView[]} captures - The newest.
   * @param {number} count - How many there are.
   */
  show(captures, count) {
    this.#captures = captures;
    this.#count = count;
    this.#draw();
  }

  /** @param {string} id - The capture that the form shows now. */
  leaveOut(id) {
    if (this.#own !== id) {
      this.#own = id;
      this.#draw();
    }
  }

  #draw() {
    const others = this.#captures.filter(({ id }) => id !== this.#own);
    const count = this.#count - (this.#captures.length - others.length);
    const heading = this.browser.text("unsettled_title", [String(count)]);
    element("unsettled-title", HTMLElement).textContent = heading;
    this.#section.hidden = others.length === 0;
    redraw(this.#list, others.map((capture) => this.#describe(capture)));
  }

  /** @param {CaptureView} capture */
  #describe(capture) {
    const line = document.createElement("li");
    const list = document.createElement("ul");
    list.className = "deliveries";
    list.append(...this.#parts(capture));
    line.append(part("title", capture.title || capture.url), list);
    return line;
  }

  /** @param {CaptureView} capture */
  #parts(capture) {
    return capture.state === "failed"
      ? [this.#failed(capture)]
      : capture.deliveries
          .filter(({ state }) => state !== "delivered")
          .map((each) => describeDelivery(each, this.browser, () => this.does.retry(each.id)));
  }

  /** @param {CaptureView} capture */
  #failed({ id, error }) {
    const line = document.createElement("li");
    line.dataset.state = "rejected";
    line.append(
      part("mark", "!"),
      part("told", this.browser.text("stage_failed")),
      retryButton(id, this.browser, () => this.does.resend(id)),
      discardButton(id, this.browser, () => this.does.discard(id)),
      part("problem", problemOf(error)),
    );
    return line;
  }
}
