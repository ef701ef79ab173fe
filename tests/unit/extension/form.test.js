import assert from "node:assert/strict";
import { test } from "node:test";

import { Deliveries } from "../../../extension/deliveries.js";
import { ExtensionError, RefusedError } from "../../../extension/errors.js";
import { Form } from "../../../extension/form.js";
import { readFormMessage } from "../../../extension/messages.js";
import { Summaries } from "../../../extension/summaries.js";
import {
  deliveryOf,
  FakeBrowser,
  FakeDaemon,
  PROBLEM,
  RECEIPT,
  SNAPSHOT,
  SUMMARY,
  soon,
  viewOf,
} from "./fakes.js";

/** @import { CaptureView, FormRequest, FormState } from "../../../extension/messages.js" */

/** A browser and a daemon, in which a form can be opened again and again. */
function setting() {
  const browser = new FakeBrowser();
  const daemon = new FakeDaemon();
  const deliveries = new Deliveries(daemon, browser, [0]);
  const summaries = new Summaries(daemon, browser);
  const open = (/** @type {FormRequest} */ first = { type: "open", tab: 7, capture: null }) =>
    openForm(browser, daemon, deliveries, summaries, first);
  return { browser, daemon, deliveries, summaries, open };
}

/**
 * @param {FakeBrowser} browser
 * @param {FakeDaemon} daemon
 * @param {Deliveries} deliveries
 * @param {Summaries} summaries
 * @param {FormRequest} first
 */
function openForm(browser, daemon, deliveries, summaries, first) {
  /** @type {FormState[]} */
  const states = [];
  /** @type {string[]} */
  const written = [];
  /** @type {{captures: CaptureView[], count: number}[]} */
  const lists = [];
  /** @type {(message: unknown) => void} */
  let receive = () => {};
  let close = () => {};
  const port = {
    send: (/** @type {object} */ message) => {
      const told = readFormMessage(structuredClone(message), "message");
      assert.ok(told !== null);
      if (told.type === "state") {
        states.push(told);
      } else if (told.type === "unsettled") {
        lists.push(told);
      } else {
        written.push(told.text);
      }
    },
    onRequest: (/** @type {typeof receive} */ listener) => void (receive = listener),
    onClose: (/** @type {typeof close} */ listener) => void (close = listener),
  };
  new Form(port, browser, daemon, deliveries, summaries);
  const ask = (/** @type {FormRequest} */ request) => receive(request);
  ask(first);
  return {
    states,
    written,
    lists,
    listed: () => lists.at(-1)?.captures.map(({ id }) => id).join() ?? "",
    ask,
    close: () => close(),
    now: () => states.at(-1) ?? assert.fail("no state yet"),
    until: (/** @type {string} */ stage) => soon(() => states.at(-1)?.stage === stage),
  };
}

/**
 * A view that grows old on its way: the text becomes ready after it was made.
 * @param {FakeDaemon} daemon
 */
function makeViewsLate(daemon) {
  const view = daemon.view.bind(daemon);
  daemon.view = async (id) => {
    const old = await view(id);
    if (old.state === "draft" && old.markdown === null) {
      daemon.view = view;
      daemon.views.set(id, { ...old, markdown: "Clean text" });
      await daemon.say({ type: "ready", capture: id });
    }
    return old;
  };
}

/**
 * @param {Partial<Extract<FormRequest, {type: "archive"}>>} choice
 * @returns {FormRequest}
 */
function sendingOff(choice) {
  const nothing = { title: "", markdown: "", summary: null, plan: null, updates: null };
  return { ...nothing, ...choice, type: "archive" };
}

/** @param {FakeDaemon} daemon */
function onlyId(daemon) {
  return daemon.sent[0]?.id ?? assert.fail("nothing was sent");
}

/**
 * The daemon has cleaned the draft.
 * @param {FakeDaemon} daemon
 */
async function clean(daemon) {
  const id = onlyId(daemon);
  daemon.views.set(id, viewOf({ id, state: "draft", markdown: "Clean text" }));
  await daemon.say({ type: "ready", capture: id });
}

test("opening the form captures the page as a draft and shows its text when it is ready", async () => {
  const { daemon, open } = setting();
  const form = open();

  await form.until("cleaning");
  await clean(daemon);
  await form.until("editing");

  assert.equal(daemon.sent[0]?.draft, true);
  assert.equal(form.now().capture?.markdown, "Clean text");
  assert.equal(form.now().plan, "local");
  const stages = [...new Set(form.states.map(({ stage }) => stage))];
  assert.deepEqual(stages, ["capturing", "sending", "cleaning", "editing"]);
});

test("the form is told when the page was archived before", async () => {
  const { daemon, open } = setting();
  const form = open();
  await form.until("cleaning");
  const id = onlyId(daemon);
  const earlier = { id: "n", title: "T", archived_at: "2026-11-19T08:00:00Z", places: [] };

  daemon.views.set(id, viewOf({ id, state: "draft", markdown: "Clean text", earlier }));
  await daemon.say({ type: "ready", capture: id });
  await form.until("editing");

  assert.deepEqual(form.now().capture?.earlier, earlier);
});

test("closing the form loses nothing: the draft comes back with its edits", async () => {
  const { daemon, open } = setting();
  const first = open();
  await first.until("cleaning");
  await clean(daemon);
  await first.until("editing");

  first.ask({ type: "edit", title: "Mine", markdown: "My text", summary: null });
  first.close();
  await soon(() => daemon.edits.length === 1);
  const second = open();
  await second.until("editing");

  assert.equal(second.states[0]?.stage, "opening", "a daemon may take its time");
  assert.deepEqual(daemon.edits[0]?.edits, { title: "Mine", markdown: "My text" });
  assert.equal(daemon.sent.length, 1);
});

test("another page in the same tab is captured anew", async () => {
  const { browser, daemon, open } = setting();
  const first = open();
  await first.until("cleaning");
  first.close();
  browser.theTab = { id: 7, url: "https://example.org/b" };

  const second = open();
  await second.until("cleaning");

  assert.equal(daemon.sent.length, 2);
});

test("only the last of many edits is sent", async () => {
  const { daemon, open } = setting();
  const form = open();
  await form.until("cleaning");
  await clean(daemon);
  await form.until("editing");

  for (const title of ["A", "Ab", "Abc"]) {
    form.ask({ type: "edit", title, markdown: "", summary: null });
  }
  await soon(() => daemon.edits.length > 0);

  assert.deepEqual(
    daemon.edits.map(({ edits }) => edits),
    [{ title: "Abc", markdown: "" }],
  );
});

test("what a note lacks is told where an error would be", async () => {
  const { daemon, open } = setting();
  const form = open();
  await form.until("cleaning");
  await clean(daemon);
  await form.until("editing");
  const id = onlyId(daemon);

  const delivered = deliveryOf("local", { state: "delivered", receipt: RECEIPT });
  const archived = viewOf({ id, state: "archived", deliveries: [delivered], warning: PROBLEM });
  daemon.views.set(id, archived);
  await daemon.say({
    type: "enqueued",
    capture: id,
    note: { id, title: "T" },
    deliveries: [delivered],
  });
  await form.until("archived");

  assert.deepEqual(form.now().error, PROBLEM);
});

test("Archive sends the draft off as it stands and shows how it ends", async () => {
  const { daemon, open } = setting();
  const form = open();
  await form.until("cleaning");
  await clean(daemon);
  await form.until("editing");
  const id = onlyId(daemon);

  form.ask({ type: "edit", title: "Mine", markdown: "My", summary: null });
  form.ask(sendingOff({ title: "Mine", markdown: "My text", plan: "local" }));
  await form.until("archiving");
  const delivered = deliveryOf("local", { state: "delivered", receipt: RECEIPT });
  daemon.views.set(id, viewOf({ id, state: "archived", deliveries: [delivered] }));
  await daemon.say({
    type: "enqueued",
    capture: id,
    note: { id, title: "Mine" },
    deliveries: [delivered],
  });
  await form.until("archived");

  assert.deepEqual(daemon.archived, [
    { id, choice: { title: "Mine", markdown: "My text", plan: "local" } },
  ]);
  assert.deepEqual(daemon.edits, []);
  assert.equal(form.now().capture?.deliveries[0]?.receipt?.place, RECEIPT.place);
});

test("an update names the note whose new version the draft becomes", async () => {
  const { daemon, open } = setting();
  const form = open();
  await form.until("cleaning");
  await clean(daemon);
  await form.until("editing");

  form.ask(sendingOff({ title: "T", markdown: "M", updates: "the-note-before" }));
  await form.until("archiving");

  const choice = { title: "T", markdown: "M", updates: "the-note-before" };
  assert.deepEqual(daemon.archived, [{ id: onlyId(daemon), choice }]);
});

/** @type {Record<string, CaptureView>} Of another page each. */
const OTHERS = {
  failed: viewOf({ id: "failed", state: "failed", error: PROBLEM }),
  rejected: viewOf({
    id: "rejected",
    state: "archived",
    deliveries: [deliveryOf("local", { state: "rejected", error: PROBLEM })],
  }),
  waiting: viewOf({
    id: "waiting",
    state: "archived",
    deliveries: [deliveryOf("local", { error: PROBLEM, due_at: "2026-11-20T08:30:00Z" })],
  }),
  draft: viewOf({ id: "draft", state: "draft" }),
  accepted: viewOf({ id: "accepted", state: "accepted" }),
};

/** @param {FakeDaemon} daemon */
function addOthers(daemon) {
  for (const [id, view] of Object.entries(OTHERS)) {
    daemon.views.set(id, view);
  }
}

test("a form lists what is not settled of whichever page, also where it can read none", async () => {
  const { browser, daemon, open } = setting();
  addOthers(daemon);
  browser.snapshot = () => Promise.reject(new Error("Cannot access a chrome:// URL"));

  const form = open();
  await form.until("failed");
  await soon(() => form.listed() !== "");

  assert.equal(form.listed(), "failed,rejected,waiting");
});

test("the list follows what happens elsewhere, and ends with the form", async () => {
  const { daemon, open } = setting();
  addOthers(daemon);
  const form = open();
  await form.until("cleaning");
  await soon(() => form.listed() === "failed,rejected,waiting");

  daemon.views.delete("rejected");
  const event = { capture: "rejected", delivery: "local", backend: "local", receipt: RECEIPT };
  await daemon.say({ type: "delivered", ...event });
  await soon(() => form.listed() === "failed,waiting");
  form.close();

  await soon(() => daemon.left === 1);
});

test("of very many, a form lists the newest and says how many there are", async () => {
  const { daemon, open } = setting();
  for (let number = 0; number < 70; number++) {
    daemon.views.set(`f${number}`, viewOf({ id: `f${number}`, state: "failed", error: PROBLEM }));
  }

  const form = open();
  await soon(() => form.lists.length > 0);

  assert.equal(form.lists.at(-1)?.captures.length, 50);
  assert.equal(form.lists.at(-1)?.count, 70);
});

test("what waits, was rejected or failed is tried again from the form of another page", async () => {
  const { daemon, open } = setting();
  addOthers(daemon);
  const form = open();
  await form.until("cleaning");
  const own = onlyId(daemon);

  form.ask({ type: "retry", delivery: "rejected.local" });
  form.ask({ type: "retry", delivery: "waiting.local" });
  form.ask({ type: "resend", capture: "failed" });
  await soon(() => form.listed() === "rejected,waiting");

  assert.deepEqual(daemon.retried, ["rejected.local", "waiting.local"]);
  assert.deepEqual(daemon.archived, [{ id: "failed", choice: {} }]);
  assert.equal(form.now().capture?.id, own);
});

test("a capture that failed is sent off again from its own form", async () => {
  const { daemon, open } = setting();
  const form = open();
  await form.until("cleaning");
  const id = onlyId(daemon);
  daemon.views.set(id, viewOf({ id, state: "failed", error: PROBLEM }));
  await daemon.say({ type: "failed", capture: id, error: PROBLEM });
  await form.until("failed");

  form.ask({ type: "resend", capture: id });
  await form.until("archiving");

  assert.equal(form.now().error, null);
});

test("what failed and is not wanted is discarded, and the list is asked for anew", async () => {
  const { daemon, open } = setting();
  const form = open();
  await form.until("cleaning");
  const before = daemon.lists;

  form.ask({ type: "discard", capture: "failed" });
  await soon(() => daemon.lists > before);

  assert.deepEqual(daemon.discarded, ["failed"]);
});

test("capturing again discards the draft", async () => {
  const { daemon, open } = setting();
  const form = open();
  await form.until("cleaning");
  const id = onlyId(daemon);

  form.ask({ type: "recapture" });
  await soon(() => daemon.sent.length === 2);

  assert.deepEqual(daemon.discarded, [id]);
});

/** A form with a draft, whose tab goes on to another page. */
async function left({ url = "https://example.org/b" } = {}) {
  const { browser, daemon, form, open } = await editing();
  const id = onlyId(daemon);
  browser.theTab = { id: 7, url };
  browser.snapshot = () => Promise.resolve({ ...SNAPSHOT, url: url || "https://example.com/" });
  browser.pages.change(7);
  await soon(() => form.now().page !== "same");
  return { browser, daemon, form, open, id };
}

test("a form that stays open tells that its tab shows another page, and keeps its own", async () => {
  const { form, id } = await left();

  assert.equal(form.now().page, "other");
  assert.equal(form.now().stage, "editing");
  assert.equal(form.now().capture?.id, id);
});

test("another place in the same page is no other page", async () => {
  const { browser, form } = await editing();
  browser.theTab = { id: 7, url: `${SNAPSHOT.url}#end` };

  browser.pages.change(7);
  form.ask({ type: "summarize" });
  await soon(() => form.now().writing !== null);

  assert.equal(form.now().page, "same");
});

test("a page that was gone to and back is the same again", async () => {
  const { browser, form } = await left();

  browser.theTab = { id: 7, url: SNAPSHOT.url };
  browser.pages.change(7);
  await soon(() => form.now().page === "same");

  assert.equal(form.now().stage, "editing");
});

test("captured again, the other page is taken, and the earlier draft stays with its edits", async () => {
  const { browser, daemon, form, open, id } = await left();

  form.ask({ type: "edit", title: "Mine", markdown: "My text", summary: null });
  form.ask({ type: "recapture" });
  await soon(() => daemon.sent.length === 2 && form.now().capture?.id === daemon.sent[1]?.id);
  await soon(() => form.now().page === "same");

  assert.equal(form.now().capture?.url, "https://example.org/b");
  assert.deepEqual(daemon.discarded, []);
  assert.deepEqual(daemon.edits, [{ id, edits: { title: "Mine", markdown: "My text" } }]);
  browser.theTab = { id: 7, url: SNAPSHOT.url };
  const second = open();
  await soon(() => second.states.at(-1)?.capture?.id === id);
});

test("captured again, the other page comes with its own draft if there is one", async () => {
  const { daemon, form, open } = await left();
  const popup = open();
  await popup.until("cleaning");
  popup.close();

  form.ask({ type: "recapture" });
  await soon(() => form.now().capture?.id === daemon.sent[1]?.id && form.now().page === "same");

  assert.equal(daemon.sent.length, 2);
});

test("another page that cannot be captured leaves the draft where it is, and says why", async () => {
  const { browser, daemon, form, id } = await left();
  browser.snapshot = () => Promise.reject(new Error("Cannot access contents of the page"));

  form.ask({ type: "edit", title: "Mine", markdown: "Clean text", summary: null });
  daemon.views.set(id, viewOf({ id, title: "Mine", state: "draft", markdown: "Clean text" }));
  form.ask({ type: "recapture" });
  await soon(() => form.now().error !== null);

  assert.equal(form.now().error?.code, "page-not-readable");
  assert.equal(form.now().stage, "editing");
  assert.equal(form.now().capture?.id, id);
  assert.equal(form.now().capture?.title, "Mine");
  assert.equal(daemon.edits.length, 1);
  assert.equal(form.now().page, "other");
});

test("a page of another site is not captured, as the browser would not let us", async () => {
  const { daemon, form, id } = await left({ url: "" });

  form.ask({ type: "recapture" });
  await new Promise((resolve) => setImmediate(resolve));

  assert.equal(form.now().page, "unreadable");
  assert.equal(form.now().capture?.id, id);
  assert.equal(daemon.sent.length, 1);
});

test("a page of another site can be captured once a form is opened for it", async () => {
  const { browser, form, open } = await left({ url: "" });

  browser.theTab = { id: 7, url: "https://example.com/" };
  const popup = open();
  await popup.until("cleaning");
  await soon(() => form.now().page === "other");

  form.ask({ type: "recapture" });
  await soon(() => form.now().capture?.url === "https://example.com/");
});

test("a tab whose address was never told shows no other page", async () => {
  const { browser, open } = setting();
  browser.theTab = { id: 7, url: "" };
  const form = open();
  await form.until("cleaning");

  browser.pages.change(7);
  await new Promise((resolve) => setImmediate(resolve));

  assert.ok(form.states.every(({ page }) => page === "same"));
});

test("a form that is closed follows its tab no longer", async () => {
  const { browser, form } = await editing();
  assert.equal(browser.pages.followers.size, 1);

  form.close();

  assert.equal(browser.pages.followers.size, 0);
});

test("beside the page, the form shows the capture that it is opened with, wherever the tab is", async () => {
  const { browser, daemon, form, open } = await editing();
  form.close();
  browser.theTab = { id: 7, url: "https://example.org/b" };

  const beside = open({ type: "open", tab: 7, capture: onlyId(daemon) });
  await beside.until("editing");
  await soon(() => beside.now().page === "other");

  assert.equal(daemon.sent.length, 1);
  assert.equal(beside.now().capture?.markdown, "Clean text");
});

test("a capture that is there no longer is taken anew beside the page", async () => {
  const { daemon, open } = setting();

  const beside = open({ type: "open", tab: 7, capture: "0b9c" });
  await beside.until("cleaning");

  assert.equal(daemon.sent.length, 1);
});

test("edits are kept at once when the form goes on elsewhere", async () => {
  const { daemon, form } = await editing();

  form.ask({ type: "edit", title: "Mine", markdown: "My text", summary: null });
  form.ask({ type: "keep" });
  await new Promise((resolve) => setImmediate(resolve));

  assert.equal(daemon.edits.length, 1);
});

test("a page that cannot be read is told, even when the daemon answers", async () => {
  const { browser, open } = setting();
  browser.snapshot = () => Promise.reject(new Error("Cannot access a chrome:// URL"));

  const form = open();
  await form.until("failed");

  assert.equal(form.now().error?.code, "page-not-readable");
});

test("a host that is missing is told once the page is read", async () => {
  const { daemon, open } = setting();
  const missing = () => Promise.reject(new ExtensionError("host-missing"));
  daemon.status = missing;
  daemon.send = missing;

  const form = open();
  await form.until("failed");

  assert.equal(form.now().error?.code, "host-missing");
});

test("an archive that the daemon refuses leaves the draft to be tried again", async () => {
  const { daemon, open } = setting();
  const form = open();
  await form.until("cleaning");
  await clean(daemon);
  await form.until("editing");
  daemon.archive = () => Promise.reject(new ExtensionError("host-lost"));

  form.ask(sendingOff({}));
  await soon(() => form.now().error !== null);

  assert.equal(form.now().stage, "editing");
  assert.equal(form.now().error?.code, "host-lost");
});

test("a closed form is told nothing more", async () => {
  const { daemon, open } = setting();
  const form = open();
  await form.until("cleaning");
  form.close();
  const { length } = form.states;

  const again = open();
  await again.until("cleaning");
  await clean(daemon);
  await again.until("editing");

  assert.equal(form.states.length, length);
  assert.equal(SNAPSHOT.url, again.now().capture?.url);
});

test("a text that becomes ready while the daemon is asked for it is shown all the same", async () => {
  const { daemon, deliveries, open } = setting();
  const under_way = { ...SNAPSHOT, id: "another-capture", draft: false };
  await deliveries.send({ ...under_way, interface_language: "en", part: "page", plan: null }, 1);
  await soon(() => daemon.connections === 1);
  makeViewsLate(daemon);

  const form = open();
  await form.until("editing");

  assert.equal(form.now().capture?.markdown, "Clean text");
});

/** A form whose draft can be edited. */
async function editing() {
  const { browser, daemon, summaries, open } = setting();
  const form = open();
  await form.until("cleaning");
  await clean(daemon);
  await form.until("editing");
  return { browser, daemon, summaries, open, form, id: onlyId(daemon) };
}

/**
 * The summary that the form asks the daemon for.
 * @param {FakeDaemon} daemon
 * @param {ReturnType<typeof openForm>} form
 */
async function asked(daemon, form) {
  const { length } = daemon.writings;
  form.ask({ type: "summarize" });
  await soon(() => daemon.writings.length > length && form.now().writing !== null);
  return daemon.writings[length] ?? assert.fail("nothing was asked for");
}

/**
 * The daemon has kept a summary, and says that it is done.
 * @param {FakeDaemon} daemon
 * @param {import("./fakes.js").FakeWriting} writing
 */
function finish(daemon, writing) {
  const { id } = writing;
  const kept = { summary: SUMMARY.markdown, written: SUMMARY };
  daemon.views.set(id, viewOf({ id, state: "draft", markdown: "Clean text", ...kept }));
  writing.say({ type: "done", summary: SUMMARY });
}

test("a summary is shown as it is written, and its end with what is doubted in it", async () => {
  const { daemon, form } = await editing();
  const writing = await asked(daemon, form);

  writing.say({ type: "text", text: "It is" });
  writing.say({ type: "text", text: " 2.3 m." });
  await soon(() => form.written.length === 2);
  const states = form.states.length;
  finish(daemon, writing);
  await soon(() => form.now().writing === null);

  assert.deepEqual(form.written, ["It is", "It is 2.3 m."]);
  assert.deepEqual(form.now().capture?.written?.doubts, SUMMARY.doubts);
  assert.equal(form.now().capture?.summary, SUMMARY.markdown);
  assert.equal(form.states.length, states + 1, "what was written does not go and come again");
});

test("a summary that begins anew takes back what came", async () => {
  const { daemon, form } = await editing();
  const writing = await asked(daemon, form);

  writing.say({ type: "text", text: "Wrong" });
  writing.say({ type: "anew" });
  writing.say({ type: "text", text: "Right" });
  await soon(() => form.written.length === 3);

  assert.deepEqual(form.written, ["Wrong", "", "Right"]);
});

test("Stop ends the writing, and the summary before is back", async () => {
  const { daemon, form, id } = await editing();
  daemon.views.set(id, viewOf({ id, state: "draft", markdown: "Clean text", summary: "Mine" }));
  const writing = await asked(daemon, form);
  writing.say({ type: "text", text: "Half a" });
  await soon(() => form.written.length === 1);

  form.ask({ type: "stop" });
  await soon(() => form.now().writing === null);

  assert.ok(writing.signal.aborted);
  assert.equal(form.now().capture?.summary, "Mine");
  assert.equal(form.now().unwritten, null);
});

test("why there is no summary is told beside it, until one is written again", async () => {
  const { daemon, form } = await editing();
  const writing = await asked(daemon, form);

  writing.say(new RefusedError(502, PROBLEM));
  await soon(() => form.now().unwritten !== null);
  const told = form.now();
  await asked(daemon, form);

  assert.equal(told.unwritten?.code, PROBLEM.code);
  assert.deepEqual([told.writing, told.stage], [null, "editing"]);
  assert.equal(form.now().unwritten, null);
});

test("a summary without an end is none", async () => {
  const { daemon, form } = await editing();
  const writing = await asked(daemon, form);

  writing.say({ type: "text", text: "Half a" });
  writing.say(null);
  await soon(() => form.now().unwritten !== null);

  assert.equal(form.now().unwritten?.code, "answer-invalid");
});

test("closing the form stops no summary: opened again, it shows how far it is, and its end", async () => {
  const { daemon, form, open } = await editing();
  const writing = await asked(daemon, form);
  writing.say({ type: "text", text: "It is" });
  await soon(() => form.written.length === 1);
  form.close();

  const again = open();
  await again.until("editing");
  const joined = again.now().writing;
  writing.say({ type: "text", text: " 2.3 m." });
  await soon(() => again.written.length === 1);
  finish(daemon, writing);
  await soon(() => again.now().writing === null);

  assert.equal(joined, "It is");
  assert.deepEqual(again.written, ["It is 2.3 m."]);
  assert.equal(again.now().capture?.summary, SUMMARY.markdown);
  assert.equal(writing.signal.aborted, false);
  assert.equal(form.written.length, 1, "the closed one is told nothing");
});

test("a summary that fails while the form is opened again is told all the same", async () => {
  const { daemon, summaries, form, open, id } = await editing();
  const writing = await asked(daemon, form);
  form.close();
  const view = daemon.view.bind(daemon);
  daemon.view = async () => {
    const old = await view(id);
    daemon.view = view;
    writing.say(new RefusedError(502, PROBLEM));
    await soon(() => summaries.text(id) === null);
    return old;
  };

  const again = open();
  await soon(() => again.states.at(-1)?.unwritten?.code === PROBLEM.code);

  assert.deepEqual([again.now().stage, again.now().writing], ["editing", null]);
});

test("what was edited in the text is sent before its summary is asked for", async () => {
  const { daemon, form } = await editing();

  form.ask({ type: "edit", title: "Mine", markdown: "My text", summary: null });
  await asked(daemon, form);

  assert.deepEqual(daemon.edits.at(-1)?.edits, { title: "Mine", markdown: "My text" });
});

test("an edited summary is kept and archived, an untouched one is not sent", async () => {
  const { daemon, form } = await editing();

  form.ask({ type: "edit", title: "T", markdown: "M", summary: "My words" });
  await soon(() => daemon.edits.length === 1);
  form.ask(sendingOff({ title: "T", markdown: "M", summary: "My words" }));
  await form.until("archiving");
  await soon(() => daemon.archived.length === 1);

  assert.deepEqual(daemon.edits[0]?.edits, { title: "T", markdown: "M", summary: "My words" });
  assert.deepEqual(daemon.archived[0]?.choice, { title: "T", markdown: "M", summary: "My words" });
});

test("a capture that is made anew stops the summary of the one before", async () => {
  const { daemon, form } = await editing();
  const writing = await asked(daemon, form);

  form.ask({ type: "recapture" });
  await soon(() => daemon.sent.length === 2 && daemon.discarded.length === 1);

  assert.ok(writing.signal.aborted);
  assert.equal(form.now().writing, null);
});

test("the plan that was chosen comes back with the draft", async () => {
  const { daemon, open } = setting();
  const first = open();
  await first.until("cleaning");
  await clean(daemon);
  await first.until("editing");

  first.ask({ type: "plan", plan: "both" });
  assert.equal(first.now().plan, "both");
  first.close();
  const second = open();
  await second.until("editing");

  assert.equal(second.now().plan, "both");
});

test("the plan of a rule is chosen until the user chooses another", async () => {
  const { daemon, open } = setting();
  daemon.planned = [
    { plan: "second", summary: false },
    { plan: "local", summary: true },
  ];
  const form = open();
  await form.until("cleaning");
  assert.equal(form.now().plan, "second");

  form.ask({ type: "plan", plan: "local" });
  await clean(daemon);
  await form.until("editing");

  assert.equal(form.now().plan, "local");
});

test("the list of what is not settled captures nothing", async () => {
  const { daemon, open } = setting();
  addOthers(daemon);

  const form = open({ type: "list" });
  await soon(() => form.lists.length > 0);

  assert.deepEqual([daemon.sent, form.states], [[], []]);
});

test("why nothing can be listed is told", async () => {
  const { daemon, open } = setting();
  daemon.status = () => Promise.reject(new ExtensionError("host-missing"));

  const form = open({ type: "list" });
  await form.until("failed");

  assert.equal(form.now().error?.code, "host-missing");
});
