/** A delivery as a line: its backend and state, and the receipt or the problem. */

import { momentOf } from "../times.js";

/** @import { Browser } from "../browser.js" */
/** @import { DeliveryView, ErrorInfo } from "../messages.js" */

/** @typedef {NonNullable<DeliveryView["receipt"]>} Receipt */

const MARKS = { waiting: "·", sending: "↑", delivered: "✓", rejected: "!" };

/** Characters of an address that tell which image it is. */
const SHOWN = 48;

/**
 * @param {DeliveryView} delivery
 * @param {Pick<Browser, "text" | "language">} browser
 * @param {() => void} retry
 */
export function describeDelivery(delivery, browser, retry) {
  const { id, backend, state, receipt, error } = delivery;
  const line = document.createElement("li");
  line.dataset.state = state;
  line.append(
    part("mark", MARKS[state]),
    part("backend", backend),
    receipt === null ? part("told", browser.text(`delivery_${state}`)) : placeOf(receipt),
  );
  // What waits without an error has its turn in a moment.
  if (state === "rejected" || (state === "waiting" && error !== null)) {
    line.append(retryButton(id, browser, retry));
  }
  if (receipt !== null && !isOnline(receipt)) {
    line.append(copyButton(receipt.place, browser));
  }
  if (receipt === null) {
    const told = problemOf(error, againAt(delivery, browser));
    line.append(...(told === "" ? [] : [part("problem", told)]));
  } else {
    line.append(...besides(id, receipt, browser));
  }
  return line;
}

/**
 * @param {string} id - Of what is tried again; the button is found by it when the line is drawn anew.
 * @param {Pick<Browser, "text">} browser
 * @param {() => void} retry
 */
export function retryButton(id, browser, retry) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.retry = id;
  button.textContent = browser.text("form_retry");
  button.addEventListener("click", retry);
  return button;
}

/**
 * What fails for good is taken away for good, and with it the page that was kept: it asks once more.
 * @param {string} id
 * @param {Pick<Browser, "text">} browser
 * @param {() => void} discard
 */
export function discardButton(id, browser, discard) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.discard = id;
  button.textContent = browser.text("form_discard");
  button.addEventListener("click", () => {
    if ("sure" in button.dataset) {
      discard();
    } else {
      button.dataset.sure = "";
      button.textContent = browser.text("form_discard_sure");
    }
  });
  return button;
}

/**
 * What takes a place along, where no link leads to it.
 * @param {string} place
 * @param {Pick<Browser, "text">} browser
 */
export function copyButton(place, browser) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = browser.text("place_copy");
  button.addEventListener("click", () => {
    void navigator.clipboard.writeText(place).then(() => {
      button.textContent = browser.text("place_copied");
    });
  });
  return button;
}

/**
 * @param {ErrorInfo | null} error
 * @param {string} [more]
 */
export function problemOf(error, more = "") {
  return [error?.message, error?.hint, more].filter(Boolean).join(" ");
}

/**
 * @param {string} className
 * @param {string} text
 */
export function part(className, text) {
  const span = document.createElement("span");
  span.className = className;
  span.textContent = text;
  span.title = text;
  return span;
}

/**
 * When it is tried next.
 * @param {DeliveryView} delivery
 * @param {Pick<Browser, "text" | "language">} browser
 */
function againAt({ state, error, due_at: dueAt }, browser) {
  return state === "waiting" && error !== null && dueAt !== null
    ? browser.text("delivery_again", [momentOf(dueAt, browser.language(), new Date())])
    : "";
}

/**
 * Where a note is. Extensions may open web addresses only, so the place of a file is told, not linked.
 * @param {Receipt} receipt
 */
function placeOf(receipt) {
  const { place, url } = receipt;
  if (!isOnline(receipt)) {
    return part("told", place);
  }
  const span = part("told", "");
  const anchor = document.createElement("a");
  anchor.href = url ?? "";
  anchor.target = "_blank";
  anchor.textContent = place;
  span.title = place;
  span.append(anchor);
  return span;
}

/** @param {Receipt} receipt */
function isOnline({ url }) {
  return /^https?:/.test(url ?? "");
}

/**
 * What is missing beside the note.
 * @param {string} delivery
 * @param {Receipt} receipt
 * @param {Pick<Browser, "text">} browser
 */
function besides(delivery, { unsaved, warning }, browser) {
  return [
    ...(unsaved.length === 0 ? [] : [linksOf(delivery, unsaved, browser)]),
    ...(warning === null ? [] : [part("problem", problemOf(warning))]),
  ];
}

/**
 * The images that stayed links, each with its reason.
 * @param {string} delivery
 * @param {Receipt["unsaved"]} unsaved
 * @param {Pick<Browser, "text">} browser
 */
function linksOf(delivery, unsaved, browser) {
  const [details, summary] = [document.createElement("details"), document.createElement("summary")];
  details.dataset.delivery = delivery;
  summary.textContent = browser.text("delivery_links", [String(unsaved.length)]);
  const list = document.createElement("ul");
  list.append(
    ...unsaved.map(({ url, error }) => {
      const line = document.createElement("li");
      const address = part("address", shortened(url));
      address.title = url;
      line.append(address, part("reason", problemOf(error)));
      return line;
    }),
  );
  details.append(summary, list);
  return details;
}

/**
 * Host and end of an address: between them is what images of a page have in common.
 * @param {string} url
 */
function shortened(url) {
  const address = url.replace(/^https?:\/\//, "");
  if (address.length <= SHOWN) {
    return address;
  }
  const host = /^[^/?#]*\//.exec(address)?.[0].slice(0, SHOWN / 2) ?? "";
  return `${host}…${address.slice(host.length + 1 - SHOWN)}`;
}
