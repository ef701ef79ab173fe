import assert from "node:assert/strict";
import { test } from "node:test";

import { FoundNotes } from "../../../extension/library/found-notes.js";
import { NOTHING } from "../../../extension/library/wish.js";
import { noteOf, soon } from "./fakes.js";

/** @import { FoundPage } from "../../../extension/messages.js" */

/** A daemon with so many notes that answers when a test says so. */
class Shelf {
  /** @type {{question: URLSearchParams, answer: () => void, refuse: (error: Error) => void}[]} */
  open = [];
  asked = 0;

  /** @param {number} total */
  constructor(total) {
    this.total = total;
  }

  /** @param {URLSearchParams} question */
  notes(question) {
    this.asked += 1;
    /** @type {PromiseWithResolvers<FoundPage>} */
    const { promise, resolve, reject } = Promise.withResolvers();
    const [offset, limit] = [Number(question.get("offset")), Number(question.get("limit"))];
    const length = Math.max(0, Math.min(limit, this.total - offset));
    const notes = Array.from({ length }, (_, at) => noteOf(`${question.get("query") ?? ""}${offset + at}`));
    const total = question.has("count") ? this.total : null;
    this.open.push({ question, answer: () => resolve({ notes, total }), refuse: reject });
    return promise;
  }

  async answer() {
    this.open.shift()?.answer();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function parts(total = 1_000) {
  const shelf = new Shelf(total);
  return { shelf, found: new FoundNotes(shelf, () => {}) };
}

test("the first page comes with how many there are", async () => {
  const { shelf, found } = parts();

  const looked = found.look(NOTHING);
  await shelf.answer();
  await looked;

  assert.equal(found.total, 1_000);
  assert.equal(found.at(49)?.id, "49");
  assert.equal(found.at(50), null);
});

test("the newest answer wins, in whichever order they come", async () => {
  const { shelf, found } = parts();
  void found.look({ ...NOTHING, query: "a" });
  void found.look({ ...NOTHING, query: "ab" });

  shelf.open[1]?.answer();
  await soon(() => found.total !== null);
  shelf.open[0]?.answer();
  await new Promise((resolve) => setImmediate(resolve));

  assert.equal(found.at(0)?.id, "ab0");
});

test("what was there stays until its successor has come", async () => {
  const { shelf, found } = parts();
  void found.look({ ...NOTHING, query: "a" });
  await shelf.answer();

  void found.look({ ...NOTHING, query: "b" });

  assert.ok(found.isLooking);
  assert.equal(found.at(0)?.id, "a0");
});

test("pages are asked for as they are seen, and what was scrolled past is not", async () => {
  const { shelf, found } = parts(100_000);
  void found.look(NOTHING);
  await shelf.answer();

  for (const row of [1_000, 20_000, 40_000, 60_000]) {
    found.need(row, row + 10);
  }
  assert.equal(shelf.open.length, 2);
  await shelf.answer();

  assert.deepEqual(
    shelf.open.map(({ question }) => question.get("offset")),
    ["20000", "60000"],
  );
  await shelf.answer();
  await shelf.answer();
  assert.equal(found.at(60_010)?.id, "60010");
  assert.equal(shelf.open.length, 0);
});

test("looking again brings anew what is seen", async () => {
  const { shelf, found } = parts();
  void found.look(NOTHING);
  await shelf.answer();
  found.need(95, 105);
  await shelf.answer();
  await shelf.answer();

  shelf.total = 104;
  void found.again();
  await shelf.answer();
  await shelf.answer();

  assert.equal(found.total, 104);
  assert.equal(found.at(103)?.id, "103");
  assert.equal(found.rowOf("99"), 99);
  assert.equal(found.rowOf("0"), null);
});

test("why nothing can be found is told, until something is", async () => {
  const { shelf, found } = parts();
  const looked = found.look(NOTHING);
  shelf.open.shift()?.refuse(new Error("no daemon"));
  await looked;
  assert.match(String(found.error), /no daemon/);

  void found.again();
  await shelf.answer();

  assert.equal(found.error, null);
});
