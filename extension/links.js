/**
 * Archiving what a link leads to: it is opened in a tab behind, captured once it is there, and closed
 * when the daemon has it. What fails leaves its tab open for the user.
 *
 * Which tabs are waited for is kept in the browser's session storage, as a worker may end meanwhile.
 */

import { takeUnseen } from "./capture.js";
import { ExtensionError, explain, hasCode } from "./errors.js";
import { flag, list, number, optional, record } from "./readers.js";

/** @import { Badge } from "./badge.js" */
/** @import { Browser, Tab } from "./browser.js" */
/** @import { Deliveries } from "./deliveries.js" */

const OPENED = "links";
const readOpened = optional(list(record({ tab: number, from: number, isSent: flag })), []);
/** @typedef {ReturnType<typeof readOpened>[number]} Opened - A tab, and the one of its link. */

export class Links {
  /** One change of what is kept after the other. */
  #keeping = Promise.resolve();

  /**
   * @param {Pick<Browser, "snapshot" | "complete" | "language" | "text" | "tab" | "session"> & {
   *   pages: Pick<Browser["pages"], "openBehind" | "settled" | "close">,
   *   sites: Pick<Browser["sites"], "allow">}} browser
   * @param {Pick<Deliveries, "expect" | "send">} deliveries
   * @param {Pick<Badge, "showReading" | "showFailure">} badge
   */
  constructor(browser, deliveries, badge) {
    this.browser = browser;
    this.deliveries = deliveries;
    this.badge = badge;
  }

  /**
   * Archive what a link leads to; called at once in the gesture, since the browser asks in it alone.
   * @param {string} url
   * @param {Tab} from
   */
  async archive(url, { id: from }) {
    const asking = this.browser.sites.allow([originOf(url)]);
    try {
      if (!(await asking)) {
        throw new ExtensionError("site-not-allowed");
      }
      this.deliveries.expect();
      await this.badge.showReading(from);
      const opened = { tab: await this.browser.pages.openBehind(url, from), from, isSent: false };
      await this.#keep((known) => [...known, opened]);
      await this.#finish(opened);
    } catch (error) {
      await this.#fail(from, error);
    }
  }

  /** Go on with what an earlier worker has opened; of what it has sent, its delivery is followed. */
  async resume() {
    const opened = readOpened(await this.browser.session.get(OPENED), OPENED);
    await this.#keep((known) => known.filter(({ isSent }) => !isSent));
    await Promise.all(opened.filter(({ isSent }) => !isSent).map((each) => this.#finish(each)));
  }

  /** @param {Opened} opened */
  async #finish({ tab, from }) {
    try {
      const capture = await this.#capture(tab);
      await this.#keep((known) =>
        known.map((each) => (each.tab === tab ? { ...each, isSent: true } : each)),
      );
      await this.deliveries.send(capture, from);
      await this.browser.pages.close(tab);
    } catch (error) {
      await this.#fail(from, error);
    } finally {
      await this.#keep((known) => known.filter((each) => each.tab !== tab));
    }
  }

  /** @param {number} id */
  async #capture(id) {
    try {
      return await takeUnseen(this.browser, id);
    } catch (error) {
      // The browser tells the address of a page that we may read.
      const isElsewhere =
        hasCode(error, "page-not-readable") && (await this.browser.tab(id))?.url === "";
      throw isElsewhere ? new ExtensionError("link-led-away") : error;
    }
  }

  /**
   * @param {number} from
   * @param {unknown} error
   */
  async #fail(from, error) {
    await this.badge.showFailure(from, explain(error, this.browser.text));
  }

  /** @param {(known: Opened[]) => Opened[]} change */
  #keep(change) {
    this.#keeping = this.#keeping.then(async () => {
      const known = readOpened(await this.browser.session.get(OPENED), OPENED);
      await this.browser.session.set(OPENED, change(known));
    });
    return this.#keeping;
  }
}

/**
 * The pages of a site as a match pattern, which knows no ports.
 * @param {string} url
 */
export function originOf(url) {
  const { protocol, hostname } = new URL(url);
  return `${protocol}//${hostname}/*`;
}
