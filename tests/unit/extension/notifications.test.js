import assert from "node:assert/strict";
import { test } from "node:test";

import { Deliveries } from "../../../extension/deliveries.js";
import { Notifications } from "../../../extension/notifications.js";
import { deliveryOf, FakeBrowser, FakeDaemon, PROBLEM, RECEIPT, soon, viewOf } from "./fakes.js";

/** @import { Tracked } from "../../../extension/tracking.js" */

const REJECTED = deliveryOf("local", { state: "rejected", error: PROBLEM });

/**
 * @param {Partial<Tracked>} change
 * @returns {Tracked}
 */
function tracked(change) {
  const known = { id: "x", tab: 7, url: "https://example.org/a", title: "A title", earlier: null };
  return { ...known, state: "archived", deliveries: [], error: null, ...change };
}

/**
 * @param {FakeBrowser} browser
 * @param {Tracked} [known] - What is known of the capture that a click is about.
 */
function notificationsOf(browser, known) {
  return new Notifications(browser, { of: () => Promise.resolve(known) });
}

/** @type {[string, Partial<Tracked>][]} */
const FAILURES = [
  ["a capture that failed", { state: "failed", error: PROBLEM }],
  ["a capture that was lost", { state: "lost", error: PROBLEM }],
  ["a delivery that was rejected", { deliveries: [REJECTED] }],
];

for (const [what, change] of FAILURES) {
  test(`${what} is told once, with what to do`, async () => {
    const browser = new FakeBrowser();
    const notifications = notificationsOf(browser);

    await notifications.tell(tracked(change));
    await notifications.tell(tracked(change));
    await notificationsOf(browser).tell(tracked(change));

    const told = "badge_failed\nA title\nThe folder is not there.\nCreate it.";
    assert.deepEqual([...browser.notices.shown], [["x", told]]);
    assert.equal(browser.notices.count, 1);
  });
}

/** @type {[string, Partial<Tracked>][]} */
const NO_FAILURES = [
  ["what is on its way", { state: "accepted" }],
  ["what is tried again by itself", { deliveries: [deliveryOf("local", { error: PROBLEM })] }],
  ["a daemon that cannot be heard", { state: "accepted", error: PROBLEM }],
  ["a draft", { state: "draft" }],
  [
    "what is archived",
    { deliveries: [deliveryOf("local", { state: "delivered", receipt: RECEIPT })] },
  ],
];

for (const [what, change] of NO_FAILURES) {
  test(`${what} is not told`, async () => {
    const browser = new FakeBrowser();

    await notificationsOf(browser).tell(tracked(change));

    assert.equal(browser.notices.count, 0);
  });
}

test("what fails once more after it was sent again is told once more", async () => {
  const browser = new FakeBrowser();
  const notifications = notificationsOf(browser);

  await notifications.tell(tracked({ deliveries: [REJECTED] }));
  await notifications.tell(tracked({ deliveries: [deliveryOf("local", { state: "sending" })] }));
  assert.equal(browser.notices.shown.size, 0);
  await notifications.tell(tracked({ deliveries: [REJECTED] }));

  assert.equal(browser.notices.count, 2);
});

test("a second backend that rejects is told in place of the first", async () => {
  const browser = new FakeBrowser();
  const notifications = notificationsOf(browser);
  const other = deliveryOf("github", { state: "rejected", error: PROBLEM });

  await notifications.tell(tracked({ deliveries: [REJECTED, deliveryOf("github")] }));
  await notifications.tell(tracked({ deliveries: [REJECTED, other] }));

  assert.deepEqual([browser.notices.count, browser.notices.shown.size], [2, 1]);
});

test("what failed before anybody wanted to hear it is not told afterwards", async () => {
  const browser = new FakeBrowser();
  const notifications = notificationsOf(browser);
  browser.notices.wanted = false;

  await notifications.tell(tracked({ deliveries: [REJECTED] }));
  browser.notices.wanted = true;
  await notifications.tell(tracked({ deliveries: [REJECTED] }));

  assert.equal(browser.notices.count, 0);
});

test("a new session of the browser does not tell what the last one has told", async () => {
  const [browser, daemon] = [new FakeBrowser(), new FakeDaemon()];
  await notificationsOf(browser).tell(tracked({ deliveries: [REJECTED] }));
  await browser.local.set("undelivered", ["x", "y"]);
  for (const id of ["x", "y"]) {
    daemon.views.set(id, viewOf({ id, state: "archived", deliveries: [REJECTED] }));
  }

  const deliveries = new Deliveries(daemon, browser, [0]);
  const notifications = new Notifications(browser, deliveries);
  deliveries.subscribe((each) => void notifications.tell(each));
  await deliveries.resume();
  await soon(() => browser.notices.shown.has("y"));

  assert.equal(browser.notices.count, 2);
});

test("a click leads to the list and takes the notification away", async () => {
  const browser = new FakeBrowser();
  const notifications = notificationsOf(browser);
  await notifications.tell(tracked({ deliveries: [REJECTED] }));

  await notifications.opened("x");

  assert.deepEqual(browser.opened, ["extension/popup/popup.html?list"]);
  assert.equal(browser.notices.shown.size, 0);
});

test("a click leads to the page of what was lost, and to the list when that is gone", async () => {
  const browser = new FakeBrowser();
  const notifications = notificationsOf(browser, tracked({ state: "lost", error: PROBLEM }));

  await notifications.opened("x");
  assert.deepEqual([browser.shownTabs, browser.opened], [[7], []]);
  browser.closedTabs.add(7);
  await notifications.opened("x");

  assert.deepEqual(browser.opened, ["extension/popup/popup.html?list"]);
});
