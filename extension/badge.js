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
    const isThere = tracked.tab !== null && (await this.browser.showBadge(tracked.tab, look));
    if (!isThere && result === "failed") {
      await this.browser.showBadge(null, look);
    }
  }

  /**
   * Show that a page is being read.
   * @param {number} tab
   */
  async showReading(tab) {
    await this.browser.showBadge(tab, this.#look("sending", "", null));
  }

  /**
   * Show why nothing was sent.
   * @param {number} tab
   * @param {ErrorInfo} error
   */
  async showFailure(tab, error) {
    await this.browser.showBadge(tab, this.#look("failed", "", error));
  }

  /** Take away what earlier tabs left behind. */
  async clear() {
    await this.browser.showBadge(null, null);
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
