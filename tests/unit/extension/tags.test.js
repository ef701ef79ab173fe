import assert from "node:assert/strict";
import { test } from "node:test";

import { tagsOf, withTag, withoutTag } from "../../../extension/tags.js";

const SUMMARY = "### Note\n\nIssue #5 is closed.\n\n#服务外包 #AI";

test("tags are those of the last paragraph, each once", () => {
  assert.deepEqual(tagsOf(SUMMARY), ["服务外包", "AI"]);
  assert.deepEqual(tagsOf("#### Tags\n#a #b #a \n"), ["a", "b"]);
  assert.deepEqual(tagsOf("a#b\n\n# Heading"), []);
  assert.deepEqual(tagsOf(""), []);
});

test("a tag goes to the others, or into a line of its own", () => {
  assert.equal(withTag(SUMMARY, "武汉"), `${SUMMARY} #武汉`);
  assert.equal(withTag("Text.", "#a"), "Text.\n\n#a");
  assert.equal(withTag("It was #a.", "b"), "It was #a.\n#b");
  assert.equal(withTag("", "a"), "#a");
});

test("what is no tag, or is there, changes nothing", () => {
  for (const wish of ["", " # ", "AI", "#AI"]) {
    assert.equal(withTag(SUMMARY, wish), SUMMARY);
  }
});

test("a tag of several words is joined", () => {
  assert.deepEqual(tagsOf(withTag("T", " machine  learning ")), ["machine-learning"]);
});

test("a tag is taken out of its paragraph and of no other", () => {
  assert.equal(withoutTag(SUMMARY, "AI"), "### Note\n\nIssue #5 is closed.\n\n#服务外包");
  assert.equal(withoutTag(SUMMARY, "服务外包"), "### Note\n\nIssue #5 is closed.\n\n#AI");
  assert.equal(withoutTag(SUMMARY, "5"), SUMMARY);
  assert.equal(withoutTag("T\n\n#a #b #c", "b"), "T\n\n#a #c");
  assert.equal(withoutTag("T\n\n#aa #a", "a"), "T\n\n#aa");
  assert.equal(withoutTag("T\n\n#a", "a"), "T");
});
