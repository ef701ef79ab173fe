import assert from "node:assert/strict";
import { test } from "node:test";

import { Batch } from "../../../extension/batch.js";
import { Deliveries } from "../../../extension/deliveries.js";
import { readTabsMessage } from "../../../extension/messages.js";
import { FakeBrowser, FakeDaemon, PROBLEM, SNAPSHOT, deliveryOf, soon } from "./fakes.js";

/** @import { TabResult } from "../../../extension/messages.js" */

function parts(browser = new FakeBrowser()) {
  const daemon = new FakeDaemon();
  const deliveries = new Deliveries(daemon, browser, []);
  browser.snapshot = (tab) => Promise.resolve({ ...SNAPSHOT, title: `Tab ${tab}` });
  browser.tab = (id) => Promise.resolve({ id, url: SNAPSHOT.url });
  return { browser, daemon, batch: new Batch(browser, daemon, deliveries) };
}

/** @param {Batch} batch */
function openPage(batch) {
  /** @type {(message: unknown) => void} */
  let receive = () => {};
  let close = () => {};
  /** @type {TabResult[]} */
  let results = [];
  let told = 0;
  batch.show({
    send: (message) => {
      results = readTabsMessage(structuredClone(message), "message")?.results ?? [];
      told += 1;
    },
    onRequest: (given) => void (receive = given),
    onClose: (given) => void (close = given),
  });
  return {
    /** @param {object} request */
    ask: (request) => receive(request),
    close: () => close(),
    told: () => told,
    /** @param {number} tab */
    of: (tab) => results.findLast((each) => each.tab === tab),
  };
}

/** Pages that are there only when a test says so. */
function late(/** @type {FakeBrowser} */ browser) {
  /** @type {(() => void)[]} */
  const waiting = [];
  browser.pages.onSettled = () => new Promise((resolve) => waiting.push(resolve));
  return waiting;
}

test("tabs are archived two at a time, in their order", async () => {
  const { browser, daemon, batch } = parts();
  const waiting = late(browser);
  const page = openPage(batch);

  page.ask({ type: "archive", tabs: [1, 2, 3] });
  await soon(() => waiting.length === 2);
  await soon(() => page.of(3)?.stage === "queued" && page.of(2)?.stage === "reading");
  assert.deepEqual(browser.pages.awaited, [1, 2]);
  waiting[1]?.();
  await soon(() => waiting.length === 3);
  waiting[0]?.();
  waiting[2]?.();
  await soon(() => daemon.sent.length === 3);

  assert.deepEqual(
    daemon.sent.map(({ title, plan, draft }) => ({ title, plan, draft })),
    ["Tab 2", "Tab 1", "Tab 3"].map((title) => ({ title, plan: null, draft: false })),
  );
  await soon(() => page.of(3)?.stage === "accepted");
});

test("it goes on when the page is closed, and the next page shows it", async () => {
  const { browser, daemon, batch } = parts();
  const waiting = late(browser);
  const first = openPage(batch);
  first.ask({ type: "archive", tabs: [1, 2] });
  await soon(() => waiting.length === 2);

  first.close();
  const told = first.told();
  waiting.forEach((resolve) => resolve());
  await soon(() => daemon.sent.length === 2);
  const second = openPage(batch);
  await soon(() => second.of(1)?.stage === "accepted");

  assert.equal(second.of(1)?.url, SNAPSHOT.url);
  assert.equal(first.told(), told);
});

test("a tab that cannot be captured says why, and is tried again", async () => {
  const { browser, daemon, batch } = parts();
  const { snapshot } = browser;
  browser.snapshot = () => Promise.reject(new Error("Cannot access a chrome:// URL"));
  const page = openPage(batch);

  page.ask({ type: "archive", tabs: [1] });
  await soon(() => page.of(1)?.stage === "failed");
  assert.equal(page.of(1)?.error?.code, "page-not-readable");
  assert.equal(page.of(1)?.capture, null);
  browser.snapshot = snapshot;
  page.ask({ type: "archive", tabs: [1] });
  await soon(() => page.of(1)?.stage === "accepted");

  assert.equal(daemon.sent.length, 1);
});

test("the next worker takes up what has its turn yet, and sends nothing twice", async () => {
  const browser = new FakeBrowser();
  const first = parts(browser);
  first.daemon.send = () => new Promise(() => {});
  openPage(first.batch).ask({ type: "archive", tabs: [1, 2, 3] });
  await soon(() => JSON.stringify(browser.session.values.get("tabs")) === "[3]");

  const { daemon, batch } = parts(browser);
  await batch.resume();
  await soon(() => daemon.sent.length === 1);

  assert.equal(daemon.sent[0]?.title, "Tab 3");
});

test("what the daemon has is tried again there", async () => {
  const { daemon, batch } = parts();
  const page = openPage(batch);
  page.ask({ type: "archive", tabs: [1] });
  await soon(() => page.of(1)?.stage === "accepted");
  const id = page.of(1)?.capture ?? "";
  await daemon.say({ type: "failed", capture: id, error: PROBLEM });
  await soon(() => page.of(1)?.stage === "failed");

  page.ask({ type: "resend", capture: id });
  await soon(() => page.of(1)?.stage === "accepted");
  page.ask({ type: "retry", delivery: `${id}.local` });

  assert.deepEqual(daemon.archived, [{ id, choice: {} }]);
  assert.deepEqual(daemon.retried, [`${id}.local`]);
});

test("a page is told where each note went", async () => {
  const { daemon, batch } = parts();
  const page = openPage(batch);
  page.ask({ type: "archive", tabs: [1] });
  await soon(() => page.of(1)?.stage === "accepted");
  const id = page.of(1)?.capture ?? "";

  const deliveries = [deliveryOf("local")];
  await daemon.say({ type: "enqueued", capture: id, note: { id, title: "A" }, deliveries });
  await soon(() => page.of(1)?.deliveries.length === 1);

  assert.equal(page.of(1)?.deliveries[0]?.backend, "local");
});
