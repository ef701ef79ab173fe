/**
 * Notifications, for those who want them, of what will not go on by itself: one for each failure, also
 * when the worker or the browser was started anew since. A click leads to the list of all of them, or
 * to the page of which nothing has reached the daemon.
 */

import { dictionary, optional, text } from "./readers.js";
import { outcome, reason } from "./tracking.js";

/** @import { Browser } from "./browser.js" */
/** @import { Deliveries } from "./deliveries.js" */
/** @import { Preferences } from "./preferences.js" */
/** @import { Tracked } from "./tracking.js" */

/**
 * @typedef {Pick<Browser, "local" | "text"> & {
 *   notices: Pick<Browser["notices"], "isAllowed" | "show" | "hide">,
 *   preferences: Pick<Preferences, "ready">,
 *   openPage: (path: string) => Promise<unknown>,
 *   showTab: (tab: number) => Promise<boolean>,
 * }} Used
 */

const TOLD = "told";
/** Of failures that were never mended, as their captures may be gone. */
const REMEMBERED = 100;
const LIST = "extension/popup/popup.html?list";

const readTold = optional(dictionary(text), {});

export class Notifications {
  /** What failed of each capture when it was last told; also while nobody wants to hear it. */
  /** @type {Map<string, string> | null} */
  #told = null;
  #work = Promise.resolve();

  /**
   * @param {Used} browser
   * @param {Pick<Deliveries, "of">} deliveries
   */
  constructor(browser, deliveries) {
    this.browser = browser;
    this.deliveries = deliveries;
  }

  /**
   * Tell how a capture stands, if it is news that a person has to act on.
   * @param {Tracked} tracked
   */
  tell(tracked) {
    this.#work = this.#work
      .then(() => this.#consider(tracked))
      .catch((/** @type {unknown} */ error) => console.error(error));
    return this.#work;
  }

  /** @param {string} id - Of the one that was clicked. */
  async opened(id) {
    const tracked = await this.deliveries.of(id);
    const page = tracked?.state === "lost" ? tracked.tab : null;
    if (page === null || !(await this.browser.showTab(page))) {
      await this.browser.openPage(LIST);
    }
    await this.browser.notices.hide(id);
  }

  /** @param {Tracked} tracked */
  async #consider(tracked) {
    if (isUnknown(tracked)) {
      return;
    }
    const told = (this.#told ??= await this.#read());
    const failure = failureOf(tracked);
    if (failure === (told.get(tracked.id) ?? "")) {
      return;
    }
    told.delete(tracked.id);
    if (failure !== "") {
      told.set(tracked.id, failure);
    }
    // First: better none than a second one when the worker ends in between.
    await this.browser.local.set(TOLD, Object.fromEntries([...told].slice(-REMEMBERED)));
    if (await this.browser.notices.isAllowed()) {
      await (failure === "" ? this.browser.notices.hide(tracked.id) : this.#show(tracked));
    }
  }

  /** @param {Tracked} tracked */
  async #show(tracked) {
    await this.browser.preferences.ready;
    const error = reason(tracked);
    const told = [tracked.title, error?.message, error?.hint];
    await this.browser.notices.show(tracked.id, {
      title: this.browser.text("badge_failed"),
      message: told.filter(Boolean).join("\n"),
    });
  }

  async #read() {
    return new Map(Object.entries(readTold(await this.browser.local.get(TOLD), TOLD)));
  }
}

/**
 * Whether it is of an earlier session of the browser, and the daemon was not asked for it yet.
 * @param {Tracked} tracked
 */
function isUnknown(tracked) {
  return tracked.url === "" && outcome(tracked) === "accepted";
}

/**
 * What a person has to act on, in a form that is another for another failure; "" for nothing.
 * @param {Tracked} tracked
 */
function failureOf(tracked) {
  if (outcome(tracked) !== "failed") {
    return "";
  }
  const rejected = tracked.deliveries.filter(({ state }) => state === "rejected");
  return [tracked.state, ...rejected.map(({ backend }) => backend)].join(" ");
}
