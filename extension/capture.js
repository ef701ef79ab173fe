/** Takes a capture of a tab, or says why it cannot be had. */

import { imagesOf } from "./complete.js";
import { ExtensionError } from "./errors.js";

/** @import { Browser, Tab } from "./browser.js" */
/** @import { Capture, Part, Snapshot } from "./messages.js" */
/** @import { OwnCode } from "./errors.js" */

/**
 * In Chromium the first script after a gesture fails in 3 to 30 % of cases, because the permission
 * reaches the page's process later than the script; after 25 ms it worked 240 times of 240.
 */
const TRIES = 9;
const PAUSE = 25;
const GESTURE_RACE = /Cannot access contents of (?:the page|url)/;

/** @type {[RegExp, OwnCode][]} */
const PAGE_ERRORS = [
  [/No tab with id|Invalid tab ID|tab was closed|Frame with ID 0 was removed/i, "page-gone"],
  [/No frame with id 0|frame was removed|document .*(?:destroyed|unloaded)/i, "page-gone"],
  [/Cannot access|cannot be scripted|Missing host permission/i, "page-not-readable"],
  [/showing error page|(?:blocked|disallowed) by/i, "page-not-readable"],
];

/**
 * Capture what a tab shows.
 * @param {Pick<Browser, "snapshot" | "complete" | "language">} browser
 * @param {Tab} tab
 * @param {{part: Part, draft: boolean}} choice
 * @returns {Promise<Capture>}
 * @throws {ExtensionError} `page-not-readable`, `page-is-pdf`, `page-gone`, `capture-too-large`,
 *   `selection-not-readable`.
 */
export async function takeCapture(browser, tab, { part, draft }) {
  const { unread, ...snapshot } = await snapshotOf(browser, tab);
  if (part === "selection" && snapshot.selection === null) {
    throw new ExtensionError("selection-not-readable");
  }
  return {
    ...snapshot,
    images: [...snapshot.images, ...(await imagesOf(browser.complete, tab.id, unread))],
    id: crypto.randomUUID(),
    interface_language: browser.language(),
    part,
    plan: null,
    draft,
  };
}

/**
 * Capture the page of a tab that nobody looks at, once it has loaded.
 * @param {Pick<Browser, "snapshot" | "complete" | "language" | "tab"> & {
 *   pages: Pick<Browser["pages"], "settled">}} browser
 * @param {number} id
 * @returns {Promise<Capture>}
 * @throws {ExtensionError} As `takeCapture` does.
 */
export async function takeUnseen(browser, id) {
  const { pages } = browser;
  await pages.settled(id).catch((/** @type {unknown} */ error) => {
    throw new ExtensionError("page-gone", String(error), { cause: error });
  });
  const tab = await browser.tab(id);
  if (tab === null) {
    throw new ExtensionError("page-gone");
  }
  return takeCapture(browser, tab, { part: "page", draft: false });
}

/**
 * @param {Pick<Browser, "snapshot">} browser
 * @param {Tab} tab
 * @returns {Promise<Snapshot>}
 */
async function snapshotOf(browser, tab) {
  const result = await injected(browser, tab);
  if (result === null) {
    throw new Error("The snapshot gave no result.");
  }
  if ("error" in result) {
    throw snapshotError(result.error);
  }
  return result;
}

/**
 * @param {Pick<Browser, "snapshot">} browser
 * @param {Tab} tab
 */
async function injected(browser, tab) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await browser.snapshot(tab.id);
    } catch (error) {
      if (attempt === TRIES || !GESTURE_RACE.test(String(error))) {
        throw pageError(error, tab);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

/**
 * Why the browser let no script in, from its words.
 * @param {unknown} error
 * @param {Tab} tab
 */
function pageError(error, tab) {
  const words = String(error);
  const code = PAGE_ERRORS.find(([pattern]) => pattern.test(words))?.[1];
  if (code === undefined) {
    return error;
  }
  // Firefox shows a PDF in a page of its own, and says no more of it than of any other.
  const isPdf = code === "page-not-readable" && /^[^?#]*\.pdf(?:$|[?#])/i.test(tab.url);
  return new ExtensionError(isPdf ? "page-is-pdf" : code, words, { cause: error });
}

/** @param {{code: string, message: string}} error */
function snapshotError({ code, message }) {
  return code === "page-is-pdf" || code === "capture-too-large"
    ? new ExtensionError(code, message)
    : new Error(`The snapshot failed: ${message}`);
}
