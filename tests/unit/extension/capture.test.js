import assert from "node:assert/strict";
import { test } from "node:test";

import { takeCapture } from "../../../extension/capture.js";
import { FakeBrowser, SNAPSHOT } from "./fakes.js";

/** @import { Injected } from "../../../extension/browser.js" */

const TAB = { id: 7, url: SNAPSHOT.url };
const PAGE = /** @type {const} */ ({ part: "page", draft: false });
const RACE =
  "Cannot access contents of the page. Extension manifest must request permission to access the " +
  "respective host.";

/**
 * A browser that gives these results of the snapshot, the last one for ever.
 * @param {...(Injected | Error)} results
 */
function browserWith(...results) {
  const browser = new FakeBrowser();
  const calls = { count: 0 };
  browser.snapshot = () => {
    const result = results[Math.min(calls.count++, results.length - 1)] ?? null;
    return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
  };
  return { browser, calls };
}

test("a capture is the snapshot with an id of its own", async () => {
  const { browser } = browserWith(SNAPSHOT);

  const [one, two] = [await takeCapture(browser, TAB, PAGE), await takeCapture(browser, TAB, PAGE)];

  assert.match(one.id, /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/);
  assert.notEqual(one.id, two.id);
  const { unread, ...snapshot } = SNAPSHOT;
  assert.deepEqual(unread, []);
  assert.deepEqual(one, {
    ...snapshot,
    id: one.id,
    interface_language: "en",
    part: "page",
    plan: null,
    draft: false,
  });
});

test("the race after a gesture is tried again", async () => {
  const { browser, calls } = browserWith(new Error(RACE), new Error(RACE), SNAPSHOT);

  await takeCapture(browser, TAB, PAGE);

  assert.equal(calls.count, 3);
});

test("a page that stays closed is told after eight more tries", async () => {
  const { browser, calls } = browserWith(new Error(RACE));

  await assert.rejects(takeCapture(browser, TAB, PAGE), { code: "page-not-readable" });
  assert.equal(calls.count, 9);
});

/** @type {[string, string][]} What Chromium and Firefox say, and what it means. */
const WORDS = [
  ["Cannot access a chrome:// URL", "page-not-readable"],
  ["Cannot access a chrome-extension:// URL of different extension", "page-not-readable"],
  ["The extensions gallery cannot be scripted.", "page-not-readable"],
  ["Frame with ID 0 is showing error page", "page-not-readable"],
  ["Missing host permission for the tab", "page-not-readable"],
  ["No tab with id: 7.", "page-gone"],
  ["Invalid tab ID: 7", "page-gone"],
  ["The tab was closed.", "page-gone"],
  ["Frame with ID 0 was removed.", "page-gone"],
];

for (const [words, code] of WORDS) {
  test(`“${words}” is ${code}, without another try`, async () => {
    const { browser, calls } = browserWith(new Error(words));

    await assert.rejects(takeCapture(browser, TAB, PAGE), { code });
    assert.equal(calls.count, 1);
  });
}

test("a PDF that the browser keeps closed is told apart by its address", async () => {
  const { browser } = browserWith(new Error("Missing host permission for the tab"));
  const tab = { id: 7, url: "https://example.org/paper.PDF?download=1" };

  await assert.rejects(takeCapture(browser, tab, PAGE), { code: "page-is-pdf" });
});

for (const code of ["page-is-pdf", "capture-too-large"]) {
  test(`what the snapshot says of itself is passed on: ${code}`, async () => {
    const { browser } = browserWith({ error: { code, message: "" } });

    await assert.rejects(takeCapture(browser, TAB, PAGE), { code });
  });
}

test("a snapshot that fails or says nothing is a bug, not a fault of the page", async () => {
  const failed = browserWith({ error: { code: "snapshot-failed", message: "TypeError" } });
  const silent = browserWith(null);

  await assert.rejects(takeCapture(failed.browser, TAB, PAGE), /The snapshot failed: TypeError/);
  await assert.rejects(takeCapture(silent.browser, TAB, PAGE), /no result/);
});

test("an error that nobody knows stays what it is", async () => {
  const { browser } = browserWith(new TypeError("unheard of"));

  await assert.rejects(takeCapture(browser, TAB, PAGE), TypeError);
});

test("archiving a selection needs one", async () => {
  const { browser } = browserWith(SNAPSHOT);

  await assert.rejects(takeCapture(browser, TAB, { part: "selection", draft: false }), {
    code: "selection-not-readable",
  });
});
