/** A tab as a row of the list: whether it is to be archived, and what came of it. */

import { describeDelivery, problemOf, retryButton } from "../popup/delivery.js";

/** @import { Browser } from "../browser.js" */
/** @import { ListedTab } from "../browser-tabs.js" */
/** @import { ErrorInfo, TabResult, TabsRequest } from "../messages.js" */

/** In a moment it is another. */
const UNDER_WAY = ["queued", "reading", "sending", "accepted"];

/** Pages of sites that browsers keep extensions out of. */
const KEPT_OUT = /^https:\/\/(?:chromewebstore\.google\.com|chrome\.google\.com\/webstore|addons\.mozilla\.org|microsoftedge\.microsoft\.com\/addons)(?:\/|$)/;

export class TabRow {
  element = document.createElement("li");
  #box = document.createElement("input");
  #told = span("told", "");
  #details = document.createElement("div");
  /** Of what is shown, lest a button be drawn anew under a finger. */
  #shown = "";
  /** @type {string} */
  #stage = "";

  /**
   * @param {ListedTab} tab
   * @param {Pick<Browser, "text" | "language">} browser
   * @param {(request: TabsRequest) => void} ask
   */
  constructor(tab, browser, ask) {
    this.tab = tab;
    this.browser = browser;
    this.ask = ask;
    this.obstacle = obstacleOf(tab);
    const label = document.createElement("label");
    const page = span("page", "");
    page.append(span("title", tab.title || tab.url || browser.text("tabs_unnamed")), span("url", tab.url));
    this.#box.type = "checkbox";
    this.#details.className = "details";
    this.#told.setAttribute("role", "status");
    label.append(this.#box, page);
    this.element.dataset.tab = String(tab.id);
    this.element.append(label, this.#told, this.#details);
  }

  get id() {
    return this.tab.id;
  }

  /** Whether it may be chosen now. */
  get isFree() {
    return !this.#box.disabled;
  }

  get isChosen() {
    return this.#box.checked;
  }

  /** @param {boolean} isChosen */
  choose(isChosen) {
    this.#box.checked = isChosen && this.isFree;
  }

  /**
   * @param {TabResult[]} results - Of all tabs, the newest last.
   * @param {boolean | null} [isChosen] - As it was; null: for the first time. Missing: as it is.
   */
  show(results, isChosen = this.isChosen) {
    const { id, url } = this.tab;
    const result = results.findLast((each) => each.tab === id && ["", url].includes(each.url)) ?? null;
    this.#stage = result?.stage ?? "";
    this.#box.disabled = this.obstacle !== null || UNDER_WAY.includes(this.#stage);
    // What is there already is not archived once more by itself.
    this.choose(isChosen ?? result === null);
    const shown = JSON.stringify(result);
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.#draw(result);
    }
  }

  /** @param {TabResult | null} result */
  #draw(result) {
    this.element.dataset.stage = this.#stage;
    this.#told.textContent = this.#told.title = this.#state(result);
    this.#details.replaceChildren(...(result === null ? [] : this.#detailsOf(result)));
  }

  /** @param {TabResult | null} result */
  #state(result) {
    const { text } = this.browser;
    if (result === null) {
      return this.obstacle === null ? (this.tab.asleep ? text("tabs_asleep") : "") : text(this.obstacle);
    }
    const { stage } = result;
    if (stage === "queued") {
      return text("tabs_queued");
    }
    return stage === "reading" ? text("stage_capturing") : text(`badge_${stage}`);
  }

  /** @param {TabResult} result */
  #detailsOf({ stage, error, capture, deliveries }) {
    const list = document.createElement("ul");
    list.className = "deliveries";
    list.append(
      ...deliveries.map((delivery) =>
        describeDelivery(delivery, this.browser, () => this.ask({ type: "retry", delivery: delivery.id })),
      ),
    );
    const again = stage === "failed" && deliveries.length === 0 ? [this.#again(capture)] : [];
    const problem = error === null ? [] : [this.#problem(error)];
    return [...problem, ...again, ...(deliveries.length === 0 ? [] : [list])];
  }

  /** @param {ErrorInfo} error */
  #problem(error) {
    return span("problem", problemOf(error));
  }

  /** @param {string | null} capture - That the daemon has. */
  #again(capture) {
    return retryButton(`tab ${this.id}`, this.browser, () =>
      this.ask(
        capture === null ? { type: "archive", tabs: [this.id] } : { type: "resend", capture },
      ),
    );
  }
}

/**
 * Why the page of a tab cannot be captured, as the key of a text; null: it can, as far as is known.
 * @param {ListedTab} tab
 */
function obstacleOf({ url }) {
  if (!/^https?:/.test(url) || KEPT_OUT.test(url)) {
    return "error_page_not_readable";
  }
  return /^[^?#]*\.pdf(?:$|[?#])/i.test(url) ? "error_page_is_pdf" : null;
}

/**
 * @param {string} className
 * @param {string} text
 */
function span(className, text) {
  const made = document.createElement("span");
  made.className = className;
  made.textContent = text;
  made.title = text;
  return made;
}
