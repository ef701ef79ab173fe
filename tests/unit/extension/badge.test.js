import assert from "node:assert/strict";
import { test } from "node:test";

import { Badge } from "../../../extension/badge.js";
import { deliveryOf, FakeBrowser, PROBLEM, RECEIPT, SNAPSHOT } from "./fakes.js";

/** @import { Tracked } from "../../../extension/tracking.js" */

const DELIVERED = deliveryOf("local", { state: "delivered", receipt: RECEIPT });
const SENDING = deliveryOf("github", { state: "sending" });
const DEFERRED = deliveryOf("github", { error: PROBLEM });
const REJECTED = deliveryOf("github", { state: "rejected", error: PROBLEM });

/**
 * @param {Partial<Tracked>} change
 * @returns {Tracked}
 */
function tracked(change) {
  const { url, title } = SNAPSHOT;
  const known = { id: "x", tab: 7, url, title, earlier: null };
  return { ...known, state: "archived", deliveries: [], error: null, ...change };
}

/**
 * @param {FakeBrowser} browser
 * @param {() => Tracked | null} [failure]
 */
function badgeOf(browser, failure = () => null) {
  return new Badge(browser, failure);
}

/** @type {[string, Partial<Tracked>, string, string][]} What is so, and what the badge says. */
const TRUTH = [
  ["a capture on its way", { state: "sending" }, "↑", "badge_sending\nA title"],
  ["an accepted capture", { state: "accepted" }, "…", "badge_accepted\nA title"],
  [
    "a capture of which nothing is heard",
    { state: "accepted", error: PROBLEM },
    "…",
    "badge_waiting\nA title\nThe folder is not there.\nCreate it.",
  ],
  [
    "a capture that was lost",
    { state: "lost", error: PROBLEM },
    "!",
    "badge_failed\nA title\nThe folder is not there.\nCreate it.",
  ],
  [
    "a capture that failed",
    { state: "failed", error: PROBLEM },
    "!",
    "badge_failed\nA title\nThe folder is not there.\nCreate it.",
  ],
  ["one of two delivered", { deliveries: [DELIVERED, SENDING] }, "…", "badge_accepted\nA title"],
  ["all delivered", { deliveries: [DELIVERED, DELIVERED] }, "✓", "badge_archived\nA title"],
  [
    "one delivered, one deferred",
    { deliveries: [DELIVERED, DEFERRED] },
    "…",
    "badge_waiting\nA title\nThe folder is not there.\nCreate it.",
  ],
  [
    "one delivered, one rejected",
    { deliveries: [DELIVERED, REJECTED] },
    "!",
    "badge_failed\nA title\nThe folder is not there.\nCreate it.",
  ],
];

for (const [what, change, text, title] of TRUTH) {
  test(`the badge tells the truth of ${what}`, async () => {
    const browser = new FakeBrowser();

    await badgeOf(browser).show(tracked(change));

    assert.equal(browser.badge()?.text, text);
    assert.equal(browser.badge()?.title, title);
  });
}

test("a look is drawn once, and again after another", async () => {
  const browser = new FakeBrowser();
  const badge = badgeOf(browser);

  await badge.show(tracked({ state: "accepted" }));
  await badge.show(tracked({ deliveries: [SENDING] }));
  await badge.show(tracked({ deliveries: [DELIVERED] }));
  await badge.show(tracked({ state: "accepted" }));

  assert.deepEqual(
    browser.badges.map(({ look }) => look?.text),
    ["…", "✓", "…"],
  );
});

test("a draft has no badge: its form is open or will be", async () => {
  const browser = new FakeBrowser();

  await badgeOf(browser).show(tracked({ state: "draft" }));

  assert.equal(browser.badge(), null);
});

test("what needs a person is told on all tabs until it is mended", async () => {
  const browser = new FakeBrowser();
  /** @type {Tracked | null} */
  let failure = tracked({ tab: null, deliveries: [REJECTED] });
  const badge = badgeOf(browser, () => failure);

  await badge.show(failure);
  const before = browser.badge(null);
  failure = null;
  await badge.show(tracked({ deliveries: [DELIVERED] }));

  assert.equal(before?.text, "!");
  assert.equal(before.title, "badge_failed\nA title\nThe folder is not there.\nCreate it.");
  assert.equal(browser.badge(null), null);
});

test("who looks does not mend it: the badge on all tabs stays", async () => {
  const browser = new FakeBrowser();
  const failure = tracked({ tab: null, deliveries: [REJECTED] });
  const badge = badgeOf(browser, () => failure);
  await badge.show(failure);

  await badge.clear();

  assert.equal(browser.badge(null)?.text, "!");
});

test("what never reached the daemon is told on all tabs when its own is gone, until one looks", async () => {
  const browser = new FakeBrowser();
  browser.closedTabs.add(7);
  const badge = badgeOf(browser);

  await badge.show(tracked({ state: "lost", error: PROBLEM }));
  const before = browser.badge(null);
  await badge.clear();

  assert.equal(before?.text, "!");
  assert.equal(browser.badge(null), null);
});

test("the badge says when the page was archived before", async () => {
  const browser = new FakeBrowser();

  await badgeOf(browser).show(tracked({ state: "accepted", earlier: "2026-11-19T12:00:00Z" }));

  assert.equal(browser.badge()?.title, "badge_accepted\nA title\nform_earlier Nov 19, 2026");
});

test("a success is told to nobody when its tab is gone", async () => {
  const browser = new FakeBrowser();
  browser.closedTabs.add(7);

  await badgeOf(browser).show(tracked({ deliveries: [DELIVERED] }));
  await badgeOf(browser).show(tracked({ deliveries: [DELIVERED], tab: null }));

  assert.equal(browser.badge(null), null);
});
