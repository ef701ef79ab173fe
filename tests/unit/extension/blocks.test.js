import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import {
  BLOCK,
  BlockNames,
  extentsIn,
  isBlank,
  nameBlocks,
  placeIn,
  withoutBlock,
} from "../../../extension/blocks.js";
import { speakDialect } from "../../../extension/dialect.js";
import makeRenderer from "../../../extension/vendor/markdown-it.js";

const PAGES = new URL("../../pages/", import.meta.url);

const renderer = makeRenderer({ html: true, linkify: false });
speakDialect(renderer);
nameBlocks(renderer);

/**
 * The blocks of a text in the order in which they are shown: the tag that has the name, and the
 * Markdown that it stands for.
 * @param {string} markdown
 */
function blocksOf(markdown) {
  const names = new BlockNames();
  const extentOf = extentsIn(markdown);
  const html = renderer.render(markdown, { names });
  return [...html.matchAll(new RegExp(`<([a-z0-9]+)[^>]* ${BLOCK}="([^"]*)"`, "g"))].map(
    ({ 1: tag, 2: name = "" }) => {
      const { from, to } = extentOf(names.lines(name));
      return [tag, markdown.slice(from, to)];
    },
  );
}

test("every kind of block knows its Markdown", () => {
  const blocks = [
    ["h2", "## A *heading*"],
    ["h1", "Another\n======="],
    ["p", "A paragraph\nof two lines,  \nand a third"],
    ["ul", "- a\n  - b\n\n    c\n- d"],
    ["ol", "3. e\n4. f"],
    ["blockquote", "> [!NOTE]\n> **T**\n>\n> - g"],
    ["table", "| x | y |\n| --- | --: |\n| 1 | 2 |"],
    ["code", "```py\nh = 1\n\n\ni = 2\n```"],
    ["pre", "    j\n\n      k"],
    ["hr", "---"],
    ["p", "$$\nm\n$$"],
    ["div", '<div align="center">\n<b>n</b>\n</div>'],
  ];

  assert.deepEqual(blocksOf(blocks.map(([, markdown]) => markdown).join("\n\n\n")), blocks);
});

test("blocks that stand close together are told apart", () => {
  assert.deepEqual(blocksOf("# a\nb\n- c\n***\n> d\n```\ne"), [
    ["h1", "# a"],
    ["p", "b"],
    ["ul", "- c"],
    ["hr", "***"],
    ["blockquote", "> d"],
    ["code", "```\ne"],
  ]);
});

for (const [name, lineBreak] of [["CRLF", "\r\n"], ["CR", "\r"], ["LF", "\n"]]) {
  test(`lines may end with ${name}, and the last one with nothing`, () => {
    const blocks = [["h1", "# a"], ["p", ["b", "c  "].join(lineBreak)], ["p", "d"]];
    const markdown = blocks.map(([, each]) => each).join(`${lineBreak} ${lineBreak}`);

    assert.deepEqual(blocksOf(markdown), blocks);
    assert.deepEqual(blocksOf(`${markdown}${lineBreak}`), blocks);
    assert.deepEqual(blocksOf(`${lineBreak}${markdown}${lineBreak}\t${lineBreak}`), blocks);
  });
}

test("a footnote is the block of its definition, wherever that stands", () => {
  const [one, two] = ["[^1]: a\n    b\n\n    - c", "[^two]:\n    d"];

  assert.deepEqual(blocksOf(`x[^two] y[^1]\n\n[a]: https://example.org\n${one}\n\n${two}\n\nz`), [
    ["p", "x[^two] y[^1]"],
    ["p", "z"],
    ["li", two],
    ["li", one],
  ]);
});

test("a footnote in another block is no block of its own, nor is one in a line", () => {
  const quote = "> x[^1] ^[inline]\n>\n> [^1]: a";

  assert.deepEqual(blocksOf(`${quote}\n\ny`), [["blockquote", quote], ["p", "y"]]);
});

test("what a footnote's label says is no pattern, and no HTML", () => {
  const definition = '[^$1"<b>.*]: a';

  assert.deepEqual(blocksOf(`x[^$1"<b>.*]\n\n${definition}`), [
    ["p", 'x[^$1"<b>.*]'],
    ["li", definition],
  ]);
});

test("the blocks of whole notes have every line, and each one once", () => {
  const notes = readdirSync(PAGES, { withFileTypes: true })
    .filter((each) => each.isDirectory())
    .map(({ name }) => readFileSync(new URL(`${name}/note.md`, PAGES), "utf8"));
  assert.ok(notes.length > 100);
  for (const note of notes) {
    const left = blocksOf(note).reduce((rest, [, markdown = ""]) => rest.replace(markdown, () => ""), note);

    assert.equal(left.trim(), "");
  }
});

test("HTML that opens in one block and closes in another has both marked", () => {
  const text = "<details>\n<summary>a</summary>\n\nb\n\n</details>\n\nc";

  assert.deepEqual(blocksOf(text), [
    ["details", "<details>\n<summary>a</summary>"],
    ["p", "b"],
    ["wbr", "</details>"],
    ["p", "c"],
  ]);
});

test("what encloses others has their lines too", () => {
  const names = new BlockNames();
  const [outer, inner, last] = [names.add(0, 1), names.add(2, 3), names.add(4, 5)];

  names.enclose(inner, last);
  names.enclose(outer, inner);

  assert.deepEqual(names.lines(outer), { first: 0, end: 5 });
});

test("a name is made anew for each rendering, and that of another is none", () => {
  const [names, others] = [new BlockNames(), new BlockNames()];

  assert.ok(names.has(names.add(0, 1)));
  assert.ok(!names.has(others.add(0, 1)));
});

test("without names nothing is marked", () => {
  assert.ok(!renderer.render("a[^1]\n\n<b>c</b>\n\n[^1]: d").includes(BLOCK));
});

test("a block in which nothing is left takes its blank line with it", () => {
  const cases = [
    ["a\n\n|b|\n\nc\n", "a\n\nc\n"],
    ["|a|\n\nb", "b"],
    ["\n|a|\n\n\nb", "\nb"],
    ["a\n\n|b|", "a"],
    ["a\n\n|b|\n", "a\n"],
    ["a  \n\n|b|\n\n\n", "a  \n"],
    ["a\r\n\r\n|b|\r\n\r\nc\r\n", "a\r\n\r\nc\r\n"],
    ["a\r\n\r\n|b|\r\n", "a\r\n"],
    ["a\n\n\n|b|\n\n\n    c", "a\n\n\n    c"],
    ["|a|", ""],
    ["|a|\n", ""],
  ];
  for (const [text = "", wanted] of cases) {
    assert.equal(removed(text), wanted, JSON.stringify(text));
  }
});

test("what a block kept apart stays apart", () => {
  assert.equal(removed("a\n|# b|\nc"), "a\n\nc");
  assert.equal(removed("# a\n|b|\n\nc"), "# a\n\nc");
  assert.equal(removed("a\n\n|# b|\nc"), "a\n\nc");
});

test("a place is found by what stands before it", () => {
  const markdown = "So [it](https://it.example/it) **is**, and *it* is `it`.";

  assert.equal(placeIn(markdown, ""), 0);
  assert.equal(placeIn(markdown, "So i"), 5);
  assert.equal(placeIn(markdown, "So it is, and"), markdown.indexOf("and") + 3);
  assert.equal(placeIn(markdown, "So it is, and it is it."), markdown.length);
  assert.equal(placeIn("- a 12\n- b", "\na 12"), 6);
  assert.equal(placeIn("| ab | c |\n| --- | --- |\n| d | e |", "\n\nab\nc\n\nd"), 28);
  assert.equal(placeIn("- 海\n- 海水", "\n海\n海"), 7);
  assert.equal(placeIn("x[^long] and **so** on", "x[1] and so"), 17);
  assert.equal(placeIn("a &amp; b", "a & b"), 9);
  assert.equal(placeIn("a", "b"), 0);
});

test("blanks are those of Markdown", () => {
  assert.ok(isBlank(" \t\r\n"));
  assert.ok(!isBlank("\u3000"));
  assert.deepEqual(blocksOf("a\n\u3000"), [["p", "a\n\u3000"]]);
});

/**
 * @param {string} text - With the block between bars.
 */
function removed(text) {
  const [before = "", , after = ""] = text.split("|");
  return withoutBlock(`${before} \n${after}`, { from: before.length, to: before.length + 2 });
}
