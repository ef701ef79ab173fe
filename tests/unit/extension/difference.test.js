import assert from "node:assert/strict";
import { test } from "node:test";

import { difference, runsOf } from "../../../extension/library/difference.js";

/** @import { Run } from "../../../extension/library/difference.js" */

/** @param {string} text */
const letters = (text) => Array.from(text);

/** @param {Run[]} runs */
const written = (runs) =>
  runs.map(({ kind, parts }) => `${{ same: "", gone: "-", new: "+" }[kind]}${parts.join("")}`).join(" ");

test("what is gone and what is new stands between what both have", () => {
  assert.equal(written(runsOf(letters("abcabba"), letters("cbabac"))), "-ab c +b ab -b a +c");
  assert.equal(written(runsOf(letters("abc"), letters("abc"))), "abc");
  assert.equal(written(runsOf([], letters("ab"))), "+ab");
  assert.equal(written(runsOf(letters("ab"), [])), "-ab");
  assert.equal(written(runsOf([], [])), "");
});

test("both texts can be read from the runs, whatever they are", () => {
  let seed = 7;
  const chance = (/** @type {number} */ end) => (seed = (seed * 48_271) % 2_147_483_647) % end;
  for (let round = 0; round < 300; round++) {
    const [one, other] = [0, 1].map(() => Array.from({ length: chance(12) }, () => "abc"[chance(3)] ?? ""));
    const runs = runsOf(one ?? [], other ?? []);
    /** @param {string} kind */
    const text = (kind) => runs.filter((run) => run.kind !== kind).flatMap(({ parts }) => parts);

    assert.deepEqual(text("new"), one);
    assert.deepEqual(text("gone"), other);
  }
});

test("the shortest way is found", () => {
  const runs = runsOf(letters("the quick brown fox"), letters("the quiet brown fix"));

  const changed = runs.filter(({ kind }) => kind !== "same").flatMap(({ parts }) => parts);
  assert.equal(changed.length, 6);
});

test("texts without a common line are told as changed, in no time", () => {
  const [one, other] = ["a", "b"].map((name) => Array.from({ length: 5_000 }, (_, at) => `${name}${at}`));
  const begun = performance.now();

  const runs = runsOf(one ?? [], other ?? []);

  assert.deepEqual(runs.map(({ kind, parts }) => [kind, parts.length]), [["gone", 5_000], ["new", 5_000]]);
  assert.ok(performance.now() - begun < 2_000);
});

test("a line that changed is cut at the words that differ", () => {
  assert.deepEqual(difference("one\nThe tide is high.", "one\nThe tide is low."), [
    { kind: "same", pieces: ["one"] },
    { kind: "gone", pieces: ["The tide is ", "high", "."] },
    { kind: "new", pieces: ["The tide is ", "low", "."] },
  ]);
  assert.deepEqual(difference("总额为2.3万亿元。", "总额为2.2万亿元。"), [
    { kind: "gone", pieces: ["总额为2.", "3", "万亿元。"] },
    { kind: "new", pieces: ["总额为2.", "2", "万亿元。"] },
  ]);
});

test("another line altogether is not cut", () => {
  assert.deepEqual(difference("The tide is high.", "Nobody knows why."), [
    { kind: "gone", pieces: ["The tide is high."] },
    { kind: "new", pieces: ["Nobody knows why."] },
  ]);
});

test("lines that both have are folded where they are many", () => {
  const lines = Array.from({ length: 20 }, (_, at) => `line ${at}`);
  const told = difference(lines.join("\n"), [...lines.slice(0, 10), "new", ...lines.slice(10)].join("\n"));

  assert.deepEqual(told.map((line) => (line.kind === "fold" ? line.count : line.kind)), [
    8,
    "same",
    "same",
    "new",
    "same",
    "same",
    8,
  ]);
});

test("of equal texts there is nothing to tell", () => {
  assert.deepEqual(difference("a\nb", "a\nb"), []);
  assert.deepEqual(difference("a\nb", "a\n\nb\n"), []);
});
