/** The line that says when a page was archived before, and leads to the note. */

import { dayOf } from "../times.js";

/** @import { Browser } from "../browser.js" */
/** @import { Earlier } from "../messages.js" */

/**
 * @param {Earlier} earlier
 * @param {Pick<Browser, "text" | "language">} browser
 */
export function describeEarlier({ archived_at: archivedAt, places }, browser) {
  const date = dayOf(archivedAt, browser.language());
  // Extensions may open web addresses only, so the place of a file is told, not linked.
  const online = places.find(({ url }) => /^https?:/.test(url ?? ""));
  const line = document.createElement(online === undefined ? "span" : "a");
  line.textContent = browser.text("form_earlier", [date]);
  line.title = (online ?? places[0])?.place ?? "";
  if (line instanceof HTMLAnchorElement) {
    line.href = online?.url ?? "";
    line.target = "_blank";
  }
  return line;
}
