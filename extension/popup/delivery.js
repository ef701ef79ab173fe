/** A delivery as a line of the form: its state, its backend, and the receipt or the problem. */

/** @import { Browser } from "../browser.js" */
/** @import { DeliveryView } from "../messages.js" */

const MARKS = { waiting: "·", sending: "↑", delivered: "✓", rejected: "!" };

/**
 * @param {DeliveryView} delivery
 * @param {Pick<Browser, "text" | "language">} browser
 * @param {() => void} retry
 */
export function describeDelivery(delivery, browser, retry) {
  const line = document.createElement("li");
  line.dataset.state = delivery.state;
  line.append(
    part("mark", MARKS[delivery.state]),
    part("backend", delivery.backend),
    told(delivery, browser),
  );
  const links = delivery.receipt?.unsaved.length ?? 0;
  if (links > 0) {
    line.append(part("told", browser.text("delivery_links", [String(links)])));
  }
  const warning = delivery.receipt?.warning ?? null;
  if (warning !== null) {
    line.append(part("told problem", [warning.message, warning.hint].filter(Boolean).join(" ")));
  }
  if (delivery.state === "rejected") {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = browser.text("form_retry");
    button.addEventListener("click", retry);
    line.append(button);
  }
  return line;
}

/**
 * @param {DeliveryView} delivery
 * @param {Pick<Browser, "text" | "language">} browser
 */
function told({ state, receipt, error, due_at: dueAt }, browser) {
  if (receipt !== null) {
    // Extensions may open web addresses only, so the place of a file is told, not linked.
    return /^https?:/.test(receipt.url ?? "")
      ? link(receipt.place, receipt.url ?? "")
      : part("told", receipt.place);
  }
  if (error === null) {
    return part("told", browser.text(`delivery_${state}`));
  }
  const again =
    state === "waiting" && dueAt !== null
      ? browser.text("delivery_again", [timeOf(dueAt, browser.language())])
      : "";
  return part("told problem", [error.message, error.hint, again].filter(Boolean).join(" "));
}

/**
 * @param {string} time - ISO 8601.
 * @param {string} language
 */
function timeOf(time, language) {
  return new Date(time).toLocaleTimeString(language, { timeStyle: "short" });
}

/**
 * @param {string} className
 * @param {string} text
 */
function part(className, text) {
  const span = document.createElement("span");
  span.className = className;
  span.textContent = text;
  span.title = text;
  return span;
}

/**
 * @param {string} text
 * @param {string} url
 */
function link(text, url) {
  const span = part("told", "");
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.target = "_blank";
  anchor.textContent = text;
  span.title = text;
  span.append(anchor);
  return span;
}
