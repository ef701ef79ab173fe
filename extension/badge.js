/** The badge of a tab: what became of the last capture from it, and why. */

import { outcome, reason } from "./tracking.js";

/** @import { BadgeLook, Browser } from "./browser.js" */
/** @import { ErrorInfo } from "./messages.js" */
/** @import { Outcome, Tracked } from "./tracking.js" */

/** @type {Record<Exclude<Outcome, "draft">, {text: string, color: string}>} */
const LOOKS = {
  sending: { text: "↑", color: "#475569" },
  accepted: { text: "…", color: "#475569" },
  waiting: { text: "…", color: "#b45309" },
  archived: { text: "✓", color: "#0f766e" },
  failed: { text: "!", color: "#b91c1c" },
};

export class Badge {
  /**
   * What was drawn last on each tab: a capture has several events to a look, and a look takes four
   * calls. A page that goes takes its badge with it, and the next capture begins with another look.
   * @type {Map<number, string>}
   */
  #shown = new Map();

  /** @param {Pick<Browser, "showBadge" | "text">} browser */
  constructor(browser) {
    this.browser = browser;
  }

  /**
   * Show how a capture stands. When its tab is gone, only a failure is worth telling, on all tabs.
   * @param {Tracked} tracked
   */
  async show(tracked) {
    const result = outcome(tracked);
    const look = result === "draft" ? null : this.#look(result, tracked.title, reason(tracked));
    const isThere = tracked.tab !== null && (await this.#draw(tracked.tab, look));
    if (!isThere && result === "failed") {
      await this.browser.showBadge(null, look);
    }
  }

  /**
   * Show that a page is being read.
   * @param {number} tab
   */
  async showReading(tab) {
    await this.#draw(tab, this.#look("sending", "", null));
  }

  /**
   * Show why nothing was sent.
   * @param {number} tab
   * @param {ErrorInfo} error
   */
  async showFailure(tab, error) {
    await this.#draw(tab, this.#look("failed", "", error));
  }

  /** Take away what earlier tabs left behind. */
  async clear() {
    await this.browser.showBadge(null, null);
  }

  /**
   * @param {number} tab
   * @param {BadgeLook | null} look
   * @returns {Promise<boolean>} Whether the tab is still there, as far as is known.
   */
  async #draw(tab, look) {
    const drawn = JSON.stringify(look);
    if (this.#shown.get(tab) === drawn) {
      return true;
    }
    this.#shown.set(tab, drawn);
    const isThere = await this.browser.showBadge(tab, look);
    if (!isThere) {
      this.#shown.delete(tab);
    }
    return isThere;
  }

  /**
   * @param {Exclude<Outcome, "draft">} result
   * @param {string} title - Of the page; empty when it is not known.
   * @param {ErrorInfo | null} error
   * @returns {BadgeLook}
   */
  #look(result, title, error) {
    const told = [this.browser.text(`badge_${result}`), title, error?.message, error?.hint];
    return { ...LOOKS[result], title: told.filter(Boolean).join("\n") };
  }
}
