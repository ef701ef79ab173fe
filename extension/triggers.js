/** Archiving at once, without the form: by the context menu and the keyboard; and the ways to our pages. */

import { ALL_SITES } from "./browser-tabs.js";
import { takeCapture } from "./capture.js";
import { explain } from "./errors.js";

/** @import { Badge } from "./badge.js" */
/** @import { Browser, MenuContext, Tab } from "./browser.js" */
/** @import { Deliveries } from "./deliveries.js" */
/** @import { Links } from "./links.js" */
/** @import { ErrorInfo, Part } from "./messages.js" */

/**
 * The entries of the context menu, each in the one place that it is for.
 * @type {{id: Part | "link" | "library" | "tabs", context: MenuContext, text: string, targets?: string[]}[]}
 */
const MENU = [
  { id: "page", context: "page", text: "menu_archive_page" },
  { id: "selection", context: "selection", text: "menu_archive_selection" },
  { id: "link", context: "link", text: "menu_archive_link", targets: ALL_SITES },
  { id: "tabs", context: "action", text: "menu_tabs" },
  { id: "library", context: "action", text: "menu_library" },
];

export class Triggers {
  /**
   * @param {Pick<Browser, "snapshot" | "complete" | "language" | "text" | "setMenu" | "openLibrary"> & {
   *   pages: Pick<Browser["pages"], "openList">}} browser
   * @param {Pick<Deliveries, "expect" | "send">} deliveries
   * @param {Pick<Badge, "showReading" | "showFailure">} badge
   * @param {Pick<Links, "archive">} links
   */
  constructor(browser, deliveries, badge, links) {
    this.browser = browser;
    this.deliveries = deliveries;
    this.badge = badge;
    this.links = links;
  }

  async setMenu() {
    const entries = MENU.map(({ id, context, text, targets }) => ({
      id,
      title: this.browser.text(text),
      contexts: [context],
      ...(targets === undefined ? {} : { targets }),
    }));
    await this.browser.setMenu(entries);
  }

  /**
   * @param {string} entry
   * @param {Tab} tab
   * @param {string} [link]
   */
  async chosen(entry, tab, link = "") {
    if (entry === "link") {
      await this.links.archive(link, tab);
    } else if (entry === "tabs") {
      await this.browser.pages.openList();
    } else if (entry === "library") {
      await this.browser.openLibrary();
    } else {
      await this.archive(tab, entry === "selection" ? "selection" : "page");
    }
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
   * @returns {Promise<ErrorInfo | null>} Why nothing was sent.
   */
  async archive(tab, part) {
    try {
      this.deliveries.expect();
      const shown = this.badge.showReading(tab.id);
      const capture = await takeCapture(this.browser, tab, { part, draft: false });
      await shown;
      await this.deliveries.send(capture, tab.id);
      return null;
    } catch (error) {
      const told = explain(error, this.browser.text);
      await this.badge.showFailure(tab.id, told);
      return told;
    }
  }
}
