/** Archiving at once, without the form: by the context menu and the keyboard. */

import { takeCapture } from "./capture.js";
import { explain } from "./errors.js";

/** @import { Badge } from "./badge.js" */
/** @import { Browser, Tab } from "./browser.js" */
/** @import { Deliveries } from "./deliveries.js" */
/** @import { Part } from "./messages.js" */

/**
 * The entries of the context menu; their ids are what they archive.
 * @type {{part: Part, text: string}[]}
 */
const MENU = [
  { part: "page", text: "menu_archive_page" },
  { part: "selection", text: "menu_archive_selection" },
];

export class Triggers {
  /**
   * @param {Pick<Browser, "snapshot" | "complete" | "language" | "text" | "setMenu">} browser
   * @param {Pick<Deliveries, "expect" | "send">} deliveries
   * @param {Pick<Badge, "showReading" | "showFailure">} badge
   */
  constructor(browser, deliveries, badge) {
    this.browser = browser;
    this.deliveries = deliveries;
    this.badge = badge;
  }

  async setMenu() {
    const entries = MENU.map(({ part, text }) => ({
      id: part,
      title: this.browser.text(text),
      contexts: [part],
    }));
    await this.browser.setMenu(entries);
  }

  /**
   * @param {string} entry
   * @param {Tab} tab
   */
  async chosen(entry, tab) {
    await this.archive(tab, entry === "selection" ? "selection" : "page");
  }

  /**
   * @param {string} command - As the manifest names it; the form's opens by itself.
   * @param {Tab} tab
   */
  async pressed(command, tab) {
    if (command === "archive") {
      await this.archive(tab, "page");
    }
  }

  /**
   * Capture a tab and send it off; the badge tells how it goes, errors included.
   * @param {Tab} tab
   * @param {Part} part
   */
  async archive(tab, part) {
    try {
      this.deliveries.expect();
      const shown = this.badge.showReading(tab.id);
      const capture = await takeCapture(this.browser, tab, { part, draft: false });
      await shown;
      await this.deliveries.send(capture, tab.id);
    } catch (error) {
      await this.badge.showFailure(tab.id, explain(error, this.browser.text));
    }
  }
}
