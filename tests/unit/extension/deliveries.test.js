import assert from "node:assert/strict";
import { test } from "node:test";

import { Deliveries } from "../../../extension/deliveries.js";
import { ExtensionError } from "../../../extension/errors.js";
import { outcome } from "../../../extension/tracking.js";
import {
  captureOf,
  deliveryOf,
  FakeBrowser,
  FakeDaemon,
  PROBLEM,
  RECEIPT,
  soon,
  viewOf,
} from "./fakes.js";

/** @import { Event } from "../../../extension/messages.js" */

const TAB = 7;
const CAPTURE = captureOf();
const { id: ID, url: URL_ } = CAPTURE;
const NOTE = { id: ID, title: "A title" };

/** A worker's deliveries; another worker of the same browser shares *browser* and *daemon*. */
function worker(browser = new FakeBrowser(), daemon = new FakeDaemon(), pauses = [0, 0]) {
  const deliveries = new Deliveries(daemon, browser, pauses);
  /** @type {string[]} */
  const outcomes = [];
  deliveries.subscribe((tracked) => outcomes.push(outcome(tracked)));
  const now = async () => (await deliveries.latest(TAB, URL_)) ?? assert.fail("not remembered");
  return { browser, daemon, deliveries, outcomes, now };
}

/** @returns {Event[]} What the daemon tells of a capture that reaches one backend. */
function story() {
  return [
    { type: "enqueued", capture: ID, note: NOTE, deliveries: [deliveryOf("local")] },
    { type: "sending", capture: ID, delivery: "local", backend: "local" },
    { type: "delivered", capture: ID, delivery: "local", backend: "local", receipt: RECEIPT },
  ];
}

test("a capture is followed from sending to its receipt", async () => {
  const { daemon, deliveries, outcomes, now } = worker();

  await deliveries.send(CAPTURE, TAB);
  for (const event of story()) {
    await daemon.say(event);
  }
  await soon(() => outcomes.at(-1) === "archived");

  assert.deepEqual([...new Set(outcomes)], ["sending", "accepted", "archived"]);
  assert.deepEqual((await now()).deliveries[0]?.receipt, RECEIPT);
});

test("what arrived before anyone listened is asked for", async () => {
  const { daemon, deliveries, outcomes } = worker();
  const delivered = deliveryOf("local", { state: "delivered", receipt: RECEIPT });

  daemon.send = () => {
    daemon.views.set(ID, viewOf({ id: ID, state: "archived", deliveries: [delivered] }));
    return Promise.resolve({ id: ID, state: "accepted", earlier: null });
  };
  await deliveries.send(CAPTURE, TAB);
  await soon(() => outcomes.at(-1) === "archived");

  assert.equal(daemon.connections, 1);
});

test("after the stream breaks off it is followed anew, and nothing is missed", async () => {
  const { daemon, deliveries, outcomes } = worker();
  await deliveries.send(CAPTURE, TAB);
  await daemon.say({ type: "accepted", capture: ID });
  const rejected = deliveryOf("local", { state: "rejected", error: PROBLEM });

  daemon.views.set(ID, viewOf({ id: ID, state: "archived", deliveries: [rejected] }));
  await daemon.say(new ExtensionError("host-lost"));
  await soon(() => outcomes.at(-1) === "failed");

  assert.equal(daemon.connections, 2);
});

test("when nothing can be heard, it says so and keeps the capture", async () => {
  const { browser, daemon, deliveries, now } = worker();
  const lost = () => new ExtensionError("host-lost");
  daemon.troubles = [lost(), lost(), lost()];

  await deliveries.send(CAPTURE, TAB);
  await soon(() => daemon.connections === 3);
  await soon(() => browser.session.writes > 2);

  assert.equal(outcome(await now()), "waiting");
  assert.equal((await now()).error?.code, "host-lost");
  assert.deepEqual(browser.local.values.get("undelivered"), [ID]);
});

for (const code of /** @type {const} */ (["host-missing", "versions-differ"])) {
  test(`what only a person can mend is not tried again and again: ${code}`, async () => {
    const { daemon, deliveries, outcomes } = worker();
    daemon.troubles = [new ExtensionError(code)];

    await deliveries.send(CAPTURE, TAB);
    await soon(() => outcomes.at(-1) === "waiting");

    assert.equal(daemon.connections, 1);
  });
}

test("a capture that could not be sent has failed, with the reason", async () => {
  const { browser, daemon, deliveries, now } = worker();
  daemon.send = () => Promise.reject(new ExtensionError("host-missing"));

  await assert.rejects(deliveries.send(CAPTURE, TAB), { code: "host-missing" });

  assert.equal(outcome(await now()), "failed");
  assert.equal((await now()).error?.code, "host-missing");
  assert.deepEqual(browser.local.values.get("undelivered"), []);
});

test("what never reached the daemon is not listened for, and let go once somebody looks", async () => {
  const { daemon, deliveries } = worker();
  daemon.send = () => Promise.reject(new ExtensionError("host-missing"));
  await assert.rejects(deliveries.send(CAPTURE, TAB), { code: "host-missing" });

  await deliveries.resume();
  await deliveries.forgetLost();

  assert.equal(daemon.connections, 0);
  assert.equal(await deliveries.latest(TAB, URL_), undefined);
});

test("what needs a person is followed until it is mended, wherever that is done", async () => {
  const { browser, daemon, deliveries, outcomes } = worker();
  await deliveries.send(CAPTURE, TAB);
  const about = { capture: ID, delivery: "local", backend: "local" };

  for (const event of story().slice(0, 2)) {
    await daemon.say(event);
  }
  await daemon.say({ type: "rejected", ...about, error: PROBLEM });
  await soon(() => outcomes.at(-1) === "failed");
  assert.equal(deliveries.failure?.id, ID);
  assert.deepEqual(browser.local.values.get("undelivered"), [ID]);

  await daemon.say({ type: "retried", ...about });
  await soon(() => outcomes.at(-1) === "waiting");
  await daemon.say({ type: "sending", ...about });
  await daemon.say({ type: "delivered", ...about, receipt: RECEIPT });
  await soon(() => outcomes.at(-1) === "archived");

  assert.equal(deliveries.failure, null);
  await soon(() => String(browser.local.values.get("undelivered")) === "");
  assert.equal(daemon.connections, 1);
});

test("a capture that failed is followed, and sent off again elsewhere it is archived", async () => {
  const { daemon, deliveries, outcomes } = worker();
  await deliveries.send(CAPTURE, TAB);
  await daemon.say({ type: "failed", capture: ID, error: PROBLEM });
  await soon(() => outcomes.at(-1) === "failed");

  await daemon.say({ type: "accepted", capture: ID });
  await soon(() => outcomes.at(-1) === "accepted");
  for (const event of story()) {
    await daemon.say(event);
  }

  await soon(() => outcomes.at(-1) === "archived");
});

test("a worker that wakes asks once for all that is not settled, and tells what has changed", async () => {
  const first = worker();
  const ids = ["a-1", "a-2", "a-3"];
  for (const id of ids) {
    await first.deliveries.send(captureOf({ id }), TAB);
  }
  const second = worker(first.browser, new FakeDaemon());
  const rejected = deliveryOf("local", { state: "rejected", error: PROBLEM });
  const delivered = deliveryOf("local", { state: "delivered", receipt: RECEIPT });
  for (const id of ids) {
    const deliveries = [id === "a-3" ? delivered : rejected];
    second.daemon.views.set(id, viewOf({ id, state: "archived", deliveries }));
  }

  await second.deliveries.resume();
  await soon(() => second.outcomes.slice(-3).join() === "failed,failed,archived");

  assert.equal(second.daemon.lists, 1);
  assert.equal(second.deliveries.failure?.id, "a-2");
});

test("that the page was archived before is remembered from the answer", async () => {
  const { daemon, deliveries, now } = worker();
  const earlier = { id: "n", title: "T", archived_at: "2026-11-19T08:00:00Z", places: [] };
  daemon.earlier = earlier;

  await deliveries.send(CAPTURE, TAB);
  await soon(() => daemon.lists === 1);

  assert.equal((await now()).earlier, earlier.archived_at);
});

test("a deferred delivery waits, and is told with its reason", async () => {
  const { daemon, deliveries, outcomes, now } = worker();
  await deliveries.send(CAPTURE, TAB);

  for (const event of story().slice(0, 2)) {
    await daemon.say(event);
  }
  const due = "2026-11-20T08:30:00Z";
  await daemon.say({
    type: "deferred",
    capture: ID,
    delivery: "local",
    backend: "local",
    error: PROBLEM,
    due_at: due,
  });
  await soon(() => outcomes.at(-1) === "waiting");

  assert.equal((await now()).deliveries[0]?.due_at, due);
});

test("events of captures of others are passed over", async () => {
  const { daemon, deliveries, outcomes } = worker();
  await deliveries.send(CAPTURE, TAB);

  await daemon.say({ type: "failed", capture: "another", error: PROBLEM });
  await daemon.say({ type: "failed", capture: ID, error: PROBLEM });
  await soon(() => outcomes.at(-1) === "failed");

  assert.equal(outcomes.filter((each) => each === "failed").length, 1);
});

test("the next worker takes up what the last one left", async () => {
  const first = worker();
  await first.deliveries.send(CAPTURE, TAB);
  const second = worker(first.browser, new FakeDaemon());
  const delivered = deliveryOf("local", { state: "delivered", receipt: RECEIPT });
  second.daemon.views.set(ID, viewOf({ id: ID, state: "archived", deliveries: [delivered] }));

  await second.deliveries.resume();
  await soon(() => second.outcomes.at(-1) === "archived");

  assert.equal((await second.now()).tab, TAB);
});

test("after a restart of the browser the undelivered is asked for, without its tab", async () => {
  const first = worker();
  await first.deliveries.send(CAPTURE, TAB);
  const restarted = new FakeBrowser();
  restarted.local = first.browser.local;
  const second = worker(restarted, new FakeDaemon());
  second.daemon.views.set(ID, viewOf({ id: ID, state: "failed", error: PROBLEM }));

  await second.deliveries.resume();
  await soon(() => second.outcomes.at(-1) === "failed");

  assert.deepEqual(restarted.local.values.get("undelivered"), [ID]);
  assert.equal(second.deliveries.failure?.tab, null);
  assert.equal(await second.deliveries.latest(TAB, URL_), undefined);
});

test("what was being sent when the worker ended, and never arrived, is lost and told", async () => {
  const first = worker();
  first.daemon.send = () => new Promise(() => {});
  void first.deliveries.send(CAPTURE, TAB);
  await soon(() => first.browser.session.writes > 0);
  const second = worker(first.browser, new FakeDaemon());

  await second.deliveries.resume();
  await soon(() => second.outcomes.at(-1) === "failed");

  assert.equal((await second.now()).error?.code, "capture-lost");
});

test("what the daemon no longer knows is let go", async () => {
  const browser = new FakeBrowser();
  await browser.local.set("undelivered", [ID]);
  const { daemon, deliveries } = worker(browser);

  await deliveries.resume();
  await soon(() => daemon.connections === 1);
  await soon(() => browser.local.writes > 1);

  assert.deepEqual(browser.local.values.get("undelivered"), []);
});

test("with nothing under way the daemon is left alone", async () => {
  const { daemon, deliveries } = worker();

  await deliveries.resume();

  assert.equal(daemon.connections, 0);
});

test("a draft is followed while it is watched, and no longer", async () => {
  const { daemon, deliveries, outcomes } = worker();
  await deliveries.send(captureOf({ draft: true }), TAB);
  assert.equal(daemon.connections, 0);

  const unwatch = deliveries.watch(ID);
  await daemon.say({ type: "ready", capture: ID });
  await soon(() => outcomes.filter((each) => each === "draft").length > 2);
  unwatch();
  await soon(() => daemon.left === 1);

  assert.equal(daemon.connections, 1);
});

test("of many captures only the last finished ones are remembered", async () => {
  const { browser, daemon, deliveries } = worker();

  for (let number = 0; number < 60; number++) {
    const capture = captureOf({ id: `id-${number}`, draft: true });
    await deliveries.send(capture, TAB);
  }

  const kept = /** @type {unknown[]} */ (browser.session.values.get("captures"));
  assert.ok(kept.length <= 51, `${kept.length} are kept`);
  assert.equal(daemon.sent.length, 60);
});
