/** The versions of a note, and what differs between one of them and the note that is read. */

import { momentOf } from "../times.js";
import { difference } from "./difference.js";
import { button, make, marked } from "./parts.js";

/** @import { Browser } from "../browser.js" */
/** @import { WholeNote } from "../messages.js" */
/** @import { Line } from "./difference.js" */

/** Versions that are listed. */
export const MOST_VERSIONS = 20;

/**
 * A version as a line of the list, with the button that compares it.
 * @param {WholeNote} version
 * @param {Pick<Browser, "text" | "language">} browser
 * @param {() => void} compare
 */
export function describeVersion(version, browser, compare) {
  const moment = momentOf(version.archived_at, browser.language(), new Date());
  const does = button("button small", browser.text("library_compare"), compare);
  does.ariaLabel = `${browser.text("library_compare")}: ${moment}`;
  does.dataset.version = version.id;
  return make("li", "", [make("span", "", moment), does]);
}

/**
 * What has become of the text of an older version.
 * @param {WholeNote} before
 * @param {WholeNote} after
 * @param {Pick<Browser, "text" | "language">} browser
 */
export function describeDifference(before, after, browser) {
  const lines = difference(textOf(before), textOf(after));
  return lines.length === 0
    ? [make("p", "told", browser.text("library_same_text"))]
    : lines.map((line) => describeLine(line, browser));
}

/** @param {WholeNote} note */
export function textOf({ markdown, text_at: at }) {
  return markdown.slice(at).trim();
}

/**
 * @param {Line} line
 * @param {Pick<Browser, "text">} browser
 */
function describeLine(line, browser) {
  if (line.kind === "fold") {
    return make("p", "fold", browser.text("library_fold", [String(line.count)]));
  }
  const { kind, pieces } = line;
  if (kind === "same") {
    return make("p", "line", pieces.join(""));
  }
  const tag = kind === "gone" ? "del" : "ins";
  // Where a part of the line differs, that is marked; else the line as a whole.
  const inner = pieces.length > 1 ? marked(pieces, tag) : [make(tag, "whole", pieces.join(""))];
  return make("p", `line ${kind}`, inner);
}
