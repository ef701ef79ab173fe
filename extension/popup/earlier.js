/** The line that says when a page was archived before, and leads to the note. */

import { dayOf } from "../times.js";
import { copyButton, part } from "./delivery.js";

/** @import { Browser } from "../browser.js" */
/** @import { Earlier } from "../messages.js" */

/**
 * @param {Earlier} earlier
 * @param {Pick<Browser, "text" | "language">} browser
 * @returns {HTMLElement[]} What it says, and what leads to the note.
 */
export function describeEarlier({ archived_at: archivedAt, places }, browser) {
  const date = dayOf(archivedAt, browser.language());
  // Extensions may open web addresses only, so the place of a file is told, not linked.
  const online = places.find(({ url }) => /^https?:/.test(url ?? ""));
  const place = online ?? places[0];
  const line = part("told", browser.text("form_earlier", [date]));
  line.title = place?.place ?? "";
  if (online === undefined) {
    return place === undefined ? [line] : [line, copyButton(place.place, browser)];
  }
  const link = document.createElement("a");
  link.href = online.url ?? "";
  link.target = "_blank";
  link.textContent = browser.text("earlier_open");
  return [line, link];
}
