/**
 * Archives the pages of many tabs, two at a time, and tells the open page that lists them how far
 * each is. That page may close: what has its turn yet is kept in the browser's session storage, and
 * what was sent is the daemon's.
 */

import { takeUnseen } from "./capture.js";
import { explain } from "./errors.js";
import { readTabsRequest } from "./messages.js";
import { list, number, optional } from "./readers.js";
import { outcome } from "./tracking.js";

/** @import { Browser } from "./browser.js" */
/** @import { FormPort } from "./browser-forms.js" */
/** @import { Daemon } from "./daemon.js" */
/** @import { Deliveries } from "./deliveries.js" */
/** @import { ErrorInfo, TabResult, TabsRequest } from "./messages.js" */
/** @import { Tracked } from "./tracking.js" */

const QUEUED = "tabs";
const MOST_AT_ONCE = 2;

const readQueued = optional(list(number), []);

/** @typedef {{stage: "queued" | "reading" | "failed", url: string, error: ErrorInfo | null}} Own */

export class Batch {
  /** @type {Map<number, Own>} Tabs whose pages the daemon has not been given, in their order. */
  #own = new Map();
  /** @type {Set<FormPort>} */
  #pages = new Set();
  #atWork = 0;

  /**
   * @param {Pick<Browser, "snapshot" | "complete" | "language" | "text" | "tab" | "session"> & {
   *   pages: Pick<Browser["pages"], "settled">}} browser
   * @param {Pick<Daemon, "archive" | "retry">} daemon
   * @param {Pick<Deliveries, "expect" | "send" | "take" | "known" | "subscribe">} deliveries
   */
  constructor(browser, daemon, deliveries) {
    this.browser = browser;
    this.daemon = daemon;
    this.deliveries = deliveries;
    deliveries.subscribe(() => void this.#tell());
  }

  /**
   * Tell an open page how far each tab is, as long as it is open, and do what it asks.
   * @param {FormPort} port
   */
  show(port) {
    this.#pages.add(port);
    port.onClose(() => this.#pages.delete(port));
    port.onRequest((message) => {
      const request = readTabsRequest(message, "request");
      if (request !== null) {
        void this.#do(request);
      }
    });
    void this.#tell();
  }

  /** Take up what an earlier worker did not come to. */
  async resume() {
    await this.#queue(readQueued(await this.browser.session.get(QUEUED), QUEUED));
  }

  /** @param {TabsRequest} request */
  async #do(request) {
    if (request.type === "archive") {
      await this.#queue(request.tabs);
    } else {
      // What does not work is as it was, and its button still there.
      await this.#again(request).catch((/** @type {unknown} */ error) => explain(error, this.browser.text));
    }
  }

  /** @param {Exclude<TabsRequest, {type: "archive"}>} request */
  async #again(request) {
    if (request.type === "retry") {
      await this.daemon.retry(request.delivery);
    } else {
      const view = await this.daemon.archive(request.capture, {});
      const tracked = (await this.deliveries.known()).find(({ id }) => id === request.capture);
      await this.deliveries.take(view, tracked?.tab ?? -1);
    }
  }

  /** @param {number[]} tabs */
  async #queue(tabs) {
    for (const tab of tabs.filter((each) => this.#own.get(each)?.stage !== "reading")) {
      this.#own.set(tab, { stage: "queued", url: "", error: null });
    }
    await this.#keep();
    while (this.#atWork < MOST_AT_ONCE && this.#next() !== undefined) {
      void this.#work();
    }
  }

  #next() {
    return [...this.#own].find(([, { stage }]) => stage === "queued")?.[0];
  }

  /** One after the other, as long as there are any. */
  async #work() {
    this.#atWork += 1;
    try {
      for (let tab = this.#next(); tab !== undefined; tab = this.#next()) {
        this.#own.set(tab, { stage: "reading", url: "", error: null });
        await this.#archive(tab);
      }
    } finally {
      this.#atWork -= 1;
    }
  }

  /** @param {number} tab */
  async #archive(tab) {
    let url = "";
    try {
      this.deliveries.expect();
      url = (await this.browser.tab(tab))?.url ?? "";
      await this.#keep();
      const capture = await takeUnseen(this.browser, tab);
      // From here on it is not ours: lest the next worker sends it once more.
      this.#own.delete(tab);
      await this.#keep();
      await this.deliveries.send(capture, tab);
    } catch (error) {
      this.#own.set(tab, { stage: "failed", url, error: explain(error, this.browser.text) });
      await this.#keep();
    }
  }

  /** Write down what is to be done yet, and tell it. */
  async #keep() {
    const open = [...this.#own].filter(([, { stage }]) => stage !== "failed");
    await this.browser.session.set(
      QUEUED,
      open.map(([tab]) => tab),
    );
    await this.#tell();
  }

  async #tell() {
    if (this.#pages.size > 0) {
      const results = await this.#results();
      this.#pages.forEach((page) => page.send({ type: "results", results }));
    }
  }

  /** @returns {Promise<TabResult[]>} For each tab the newest last. */
  async #results() {
    const known = (await this.deliveries.known()).flatMap(resultOf);
    const own = [...this.#own].map(([tab, { stage, url, error }]) => {
      return { tab, url, stage, error, capture: null, deliveries: [] };
    });
    return [...known, ...own];
  }
}

/**
 * @param {Tracked} tracked
 * @returns {TabResult[]} None of a draft, which is its form's.
 */
function resultOf(tracked) {
  const { id, tab, url, state, error, deliveries } = tracked;
  const stage = outcome(tracked);
  return stage === "draft" || tab === null
    ? []
    : [{ tab, url, stage, error, capture: state === "lost" ? null : id, deliveries }];
}
