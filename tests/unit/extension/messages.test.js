import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import {
  readAcceptance,
  readAnswerFrame,
  readCaptureView,
  readDestinations,
  readEvent,
  readPreview,
  readFormRequest,
  readRefusal,
  readStatus,
  readSummaryLine,
} from "../../../extension/messages.js";
import { captureOf } from "./fakes.js";

/** The examples that both languages read. */
const EXAMPLES = new URL("../../contract/messages/", import.meta.url);

/** @type {Record<string, (value: unknown, place: string) => unknown>} */
const READERS = {
  "answer-accepted.json": readAcceptance,
  "answer-capture-draft.json": readCaptureView,
  "answer-capture-summary.json": readCaptureView,
  "answer-capture.json": readCaptureView,
  "answer-error.json": readRefusal,
  "answer-places.json": readDestinations,
  "answer-preview.json": readPreview,
  "answer-status.json": readStatus,
};

/** @type {typeof READERS} */
const UNIONS = { event: readEvent, summary: readSummaryLine };

/** @param {string} name */
function example(name) {
  return /** @type {unknown} */ (JSON.parse(readFileSync(new URL(name, EXAMPLES), "utf8")));
}

/** What the extension never asks for. */
const OTHERS = new Set(["answer-remade.json"]);

const names = readdirSync(EXAMPLES).filter(
  (name) => /^(?:answer|event|summary)-/.test(name) && !OTHERS.has(name),
);

for (const name of names) {
  test(`the example ${name} is read as it stands`, () => {
    const reader = UNIONS[/** @type {string} */ (name.split("-")[0])] ?? READERS[name];
    assert.ok(reader, "an example without a reader");
    const value = example(name);

    const read = reader(value, name);

    assertPart(value, read);
  });
}

test("every field that the daemon expects of a capture is sent, and no other", () => {
  const expected = Object.keys(/** @type {object} */ (example("request-capture.json")));

  assert.deepEqual(Object.keys(captureOf()).sort(), expected.sort());
});

test("a missing field is told with its place", () => {
  assert.throws(() => readEvent({ type: "failed", capture: "x", error: { code: "a" } }, "event"), {
    code: "answer-invalid",
    message: "event.error.message should be text, not undefined",
  });
});

test("a field of the wrong type is told with its place", () => {
  const whole = /** @type {object} */ (example("answer-capture.json"));
  const view = { ...whole, state: "elsewhere" };

  assert.throws(() => readCaptureView(view, "view"), {
    code: "answer-invalid",
    message: "view.state should be accepted or draft or archived or failed, not string",
  });
});

test("names that every object has are no types of events", () => {
  assert.equal(readEvent({ type: "constructor" }, "event"), null);
});

test("a frame may leave out its body", () => {
  assert.deepEqual(readAnswerFrame({ id: "r1", status: 100 }, "frame"), {
    id: "r1",
    status: 100,
    body: "",
    more: false,
  });
});

for (const value of [null, "text", [], 7, undefined]) {
  test(`${JSON.stringify(value)} is no request of the form`, () => {
    assert.throws(() => readFormRequest(value, "request"), { code: "answer-invalid" });
  });
}

/**
 * All that was read stands in the example, with the same values.
 * @param {unknown} whole
 * @param {unknown} part
 */
function assertPart(whole, part) {
  if (typeof part !== "object" || part === null) {
    assert.equal(part, whole);
    return;
  }
  for (const [name, value] of Object.entries(part)) {
    assertPart(/** @type {Record<string, unknown>} */ (whole)[name], value);
  }
}
