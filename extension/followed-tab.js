/** The tab of a form: whether it still shows the page that the form shows. */

import { ExtensionError } from "./errors.js";

/** @import { Browser, Tab } from "./browser.js" */
/** @import { TabPage } from "./messages.js" */

export class FollowedTab {
  /** @type {Tab | null} As it was when its address could be read last. */
  #tab = null;
  /** @type {TabPage} */
  #page = "same";
  #unfollow = () => {};

  /**
   * @param {Pick<Browser, "tab"> & {pages: Pick<Browser["pages"], "onChange">}} browser
   * @param {() => string | null} shown - The address of the page that the form shows.
   * @param {(page: TabPage) => void} changed
   */
  constructor(browser, shown, changed) {
    this.browser = browser;
    this.shown = shown;
    this.changed = changed;
  }

  /**
   * Begin with the tab that has this id.
   * @param {number} id
   * @throws {ExtensionError} `page-gone`.
   */
  async follow(id) {
    const { pages } = this.browser;
    this.#tab = await this.browser.tab(id);
    this.#unfollow = pages.onChange(id, () => void this.look());
    return this.known;
  }

  close() {
    this.#unfollow();
  }

  /** The tab. */
  get known() {
    if (this.#tab === null) {
      throw new ExtensionError("page-gone");
    }
    return this.#tab;
  }

  /** Look what it shows now. */
  async look() {
    const tab = this.#tab && (await this.browser.tab(this.#tab.id));
    const page = pageOf(tab, this.#tab, this.shown());
    this.#tab = tab === null || tab.url === "" ? this.#tab : tab;
    if (page !== this.#page) {
      this.#page = page;
      this.changed(page);
    }
    return page;
  }

  /**
   * Look again if it is this one.
   * @param {number | null} id
   */
  heard(id) {
    if (id !== null && id === this.#tab?.id) {
      void this.look();
    }
  }
}

/**
 * @param {Tab | null} tab - As it is now.
 * @param {Tab | null} before
 * @param {string | null} shown
 * @returns {TabPage}
 */
function pageOf(tab, before, shown) {
  if (tab === null || shown === null || withoutPlace(tab.url) === withoutPlace(shown)) {
    return "same";
  }
  // The browser tells an address while we may read its page: after a click on our button, on this site.
  if (tab.url === "") {
    return before?.url ? "unreadable" : "same";
  }
  return "other";
}

/**
 * An address without the place in its page.
 * @param {string} url
 */
function withoutPlace(url) {
  return url.replace(/#.*$/, "");
}
