/**
 * What is not delivered everywhere, of whichever page, as an open form lists it: asked for when it
 * opens, and again whenever something has happened.
 */

import { explain } from "./errors.js";

/** @import { Browser } from "./browser.js" */
/** @import { Daemon } from "./daemon.js" */
/** @import { Deliveries } from "./deliveries.js" */
/** @import { CaptureView } from "./messages.js" */

/** A form lists no more of them; `guidang status` does. */
const MOST = 50;

export class Unsettled {
  #isAsking = false;
  #isOutdated = false;

  /**
   * @param {Pick<Daemon, "unsettled">} daemon
   * @param {Pick<Deliveries, "attend">} deliveries
   * @param {Pick<Browser, "text">} browser
   * @param {(captures: CaptureView[], count: number) => void} show
   */
  constructor(daemon, deliveries, browser, show) {
    this.daemon = daemon;
    this.browser = browser;
    this.show = show;
    this.close = deliveries.attend(() => this.look());
    this.look();
  }

  /** Ask anew: once for all that happens while the daemon is being asked. */
  look() {
    this.#isOutdated = true;
    if (!this.#isAsking) {
      this.#isAsking = true;
      void this.#ask().finally(() => (this.#isAsking = false));
    }
  }

  async #ask() {
    while (this.#isOutdated) {
      this.#isOutdated = false;
      try {
        const captures = (await this.daemon.unsettled()).filter(isListed);
        this.show(captures.slice(0, MOST), captures.length);
      } catch (error) {
        // What is expected the form tells of its own capture; the next `hello` asks again.
        explain(error, this.browser.text);
      }
    }
  }
}

/**
 * Drafts have their forms, and what has no note yet is under way.
 * @param {CaptureView} view
 */
function isListed({ state, deliveries }) {
  return state === "failed" || deliveries.some((delivery) => delivery.state !== "delivered");
}
