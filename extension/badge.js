/**
 * The badge of a tab: what became of the last capture from it, and why. Tabs without one of their own
 * show what needs a person, as long as it does.
 */

import { dayOf } from "./times.js";
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
   * null: all tabs.
   * @type {Map<number | null, string>}
   */
  #shown = new Map();
  /** @type {BadgeLook | null} Of what never reached the daemon, from a tab that is gone. */
  #orphan = null;

  /**
   * @param {Pick<Browser, "showBadge" | "text" | "language">} browser
   * @param {() => Tracked | null} failure - What needs a person now.
   */
  constructor(browser, failure) {
    this.browser = browser;
    this.failure = failure;
  }

  /**
   * Show how a capture stands.
   * @param {Tracked} tracked
   */
  async show(tracked) {
    const look = this.#lookOf(tracked);
    const isThere = tracked.tab !== null && (await this.#draw(tracked.tab, look));
    if (!isThere && tracked.state === "lost") {
      this.#orphan = look;
    }
    await this.#drawOnAll();
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

  /** Take away what tabs that are gone left behind: somebody has looked. */
  async clear() {
    this.#orphan = null;
    await this.#drawOnAll();
  }

  async #drawOnAll() {
    const failure = this.failure();
    await this.#draw(null, failure === null ? this.#orphan : this.#lookOf(failure));
  }

  /**
   * @param {number | null} tab - null: all that have none of their own.
   * @param {BadgeLook | null} look
   * @returns {Promise<boolean>} Whether the tab is still there, as far as is known.
   */
  async #draw(tab, look) {
    const drawn = JSON.stringify(look);
    if ((this.#shown.get(tab) ?? "null") === drawn) {
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
   * @param {Tracked} tracked
   * @returns {BadgeLook | null} null: a draft; its form is open or will be.
   */
  #lookOf(tracked) {
    const result = outcome(tracked);
    return result === "draft"
      ? null
      : this.#look(result, tracked.title, reason(tracked), tracked.earlier);
  }

  /**
   * @param {Exclude<Outcome, "draft">} result
   * @param {string} title - Of the page; empty when it is not known.
   * @param {ErrorInfo | null} error
   * @param {string | null} [earlier] - When a note of the page was archived before.
   * @returns {BadgeLook}
   */
  #look(result, title, error, earlier = null) {
    const { browser } = this;
    const before =
      earlier === null ? "" : browser.text("form_earlier", [dayOf(earlier, browser.language())]);
    const told = [browser.text(`badge_${result}`), title, before, error?.message, error?.hint];
    return { ...LOOKS[result], title: told.filter(Boolean).join("\n") };
  }
}
