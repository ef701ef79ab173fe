/**
 * The blocks of a text at its top level, a paragraph, a heading, a list, a table, a footnote, each
 * with the Markdown that it was made of; without a document.
 *
 * A renderer writes a name into the element of each block. A text cannot name a block itself: names
 * are made anew for every rendering, and by chance.
 */

/** @import { MarkdownIt, Token } from "./vendor/markdown-it.js" */

/** @typedef {{first: number, end: number}} Lines - Counted from 0; `end` is the first after them. */
/** @typedef {{from: number, to: number}} Extent - In UTF-16 units, without the last line break. */

/** The attribute that holds the name. */
export const BLOCK = "data-block";

const LINE_BREAK = /\r\n?|\n/g;
/** The first tag of HTML up to its attributes. */
const FIRST_TAG = /^(\s*<[a-z][a-z0-9-]*)(?![^\s/>])/i;
const CLOSES = /^\s*<\//;

/** So many characters tell a place; */
const HINT = 12;
/** so far from it, it is looked for. */
const FAR = 200;

/** The names of the blocks of one rendering. */
export class BlockNames {
  #secret = crypto.randomUUID();
  /** @type {Map<string, Lines>} */
  #lines = new Map();
  /** @type {Map<string, string>} Names by the labels of footnotes. */
  footnotes = new Map();

  /**
   * @param {number} first
   * @param {number} end
   */
  add(first, end) {
    const name = `${this.#secret}-${this.#lines.size}`;
    this.#lines.set(name, { first, end });
    return name;
  }

  /** @param {string} name */
  has(name) {
    return this.#lines.has(name);
  }

  /** @param {string} name */
  lines(name) {
    return this.#lines.get(name) ?? { first: 0, end: 0 };
  }

  /**
   * What lies in a block belongs to it, also where HTML that one block opens is closed by another.
   * @param {string} outer
   * @param {string} inner
   */
  enclose(outer, inner) {
    const lines = this.lines(outer);
    lines.end = Math.max(lines.end, this.lines(inner).end);
  }
}

/**
 * Let a renderer name blocks, where its environment has names.
 * @param {MarkdownIt} renderer
 */
export function nameBlocks(renderer) {
  const { rules } = renderer.renderer;
  const footnote = rules["footnote_open"];
  renderer.core.ruler.after("block", "block_names", ({ tokens, src, env }) => {
    if (env.names !== undefined) {
      nameTokens(tokens, src.split("\n"), env.names);
    }
  });
  rules["html_block"] = (tokens, index) => {
    const token = tokens[index];
    return named(token?.content ?? "", token?.attrGet(BLOCK) ?? null);
  };
  rules["footnote_open"] = (tokens, index, options, env, self) => {
    const written = footnote?.(tokens, index, options, env, self) ?? "";
    return named(written, env.names?.footnotes.get(tokens[index]?.meta?.label ?? "") ?? null);
  };
}

/**
 * @param {Token[]} tokens
 * @param {string[]} lines
 * @param {BlockNames} names
 */
function nameTokens(tokens, lines, names) {
  /** The end of what is named so far. */
  let past = 0;
  /** @type {string | null} The label of the footnote that the tokens belong to. */
  let label = null;
  let first = 0;
  for (const token of tokens) {
    if (token.level === 0 && token.type === "footnote_reference_open") {
      label = token.meta?.label ?? "";
      first = definitionOf(label, lines, past);
      past = first + 1;
    } else if (token.level === 0 && token.type === "footnote_reference_close" && label !== null) {
      names.footnotes.set(label, names.add(first, past));
      label = null;
    } else if (token.map !== null && label !== null) {
      past = Math.max(past, token.map[1]);
    } else if (token.map !== null && token.level === 0) {
      token.attrSet(BLOCK, names.add(...token.map));
      past = token.map[1];
    }
  }
}

/**
 * The line where a footnote begins; its tokens do not tell.
 * @param {string} label
 * @param {string[]} lines
 * @param {number} past
 */
function definitionOf(label, lines, past) {
  let line = past;
  while (line < lines.length && !lines[line]?.trimStart().startsWith(`[^${label}]:`)) {
    line++;
  }
  return line;
}

/**
 * HTML whose first element has a name. What closes an element has an empty one before it, so that
 * it is seen which element that is.
 * @param {string} html
 * @param {string | null} name
 */
function named(html, name) {
  if (name === null) {
    return html;
  }
  const attribute = `${BLOCK}="${name}"`;
  return CLOSES.test(html) ? `<wbr ${attribute}>${html}` : html.replace(FIRST_TAG, `$1 ${attribute}`);
}

/**
 * Where lines of a text lie in it; blank ones at their end are left out.
 * @param {string} text
 * @returns {(lines: Lines) => Extent}
 */
export function extentsIn(text) {
  const starts = [0, ...Array.from(text.matchAll(LINE_BREAK), ({ 0: it, index }) => index + it.length)];
  return ({ first, end }) => {
    const from = starts[first] ?? text.length;
    return { from, to: endOfLines(text, from, starts[end] ?? text.length) };
  };
}

/**
 * Where the last line between two places ends that is not blank.
 * @param {string} text
 * @param {number} from
 * @param {number} to
 */
function endOfLines(text, from, to) {
  let at = to;
  while (at > from && " \t\r\n".includes(text[at - 1] ?? "")) {
    at--;
  }
  while (at < to && " \t".includes(text[at] ?? "")) {
    at++;
  }
  return at;
}

/**
 * The text without a block in which nothing is left: of the blank lines around it, those before it
 * stay. What it kept apart stays apart.
 * @param {string} text
 * @param {Extent} block
 */
export function withoutBlock(text, { from, to }) {
  const [before, after] = [text.slice(0, from), text.slice(to)];
  const ownBreak = /^(?:\r\n?|\n)/.exec(after)?.[0] ?? "";
  const next = after.replace(/^(?:[ \t]*(?:\r\n?|\n))+/, "");
  if (isBlank(next)) {
    return isBlank(before) ? "" : before.slice(0, endOfLines(before, 0, from)) + ownBreak;
  }
  if (isBlank(before.split(LINE_BREAK).at(-2) ?? "")) {
    return before + next;
  }
  const follows = after.slice(ownBreak.length);
  return before + (isBlank(follows.split(LINE_BREAK, 1)[0] ?? "") ? follows : after);
}

/** @param {string} text */
export function isBlank(text) {
  return /^[ \t\r\n]*$/.test(text);
}

/**
 * The place in the Markdown of a block that stands for one in what is rendered. It may lie a little
 * before it, where Markdown has what is not shown.
 * @param {string} markdown
 * @param {string} before - What is rendered of the block, up to that place.
 */
export function placeIn(markdown, before) {
  const [start, length] = anchorIn(markdown, before);
  let at = start;
  for (const character of before.slice(length).replace(/\s+/g, "")) {
    const found = markdown.indexOf(character, at);
    at = found < 0 || found - at > FAR ? at : found + character.length;
  }
  return at;
}

/**
 * The last place that is found by the characters before it, as often as they occur, and how much of
 * what is rendered lies before it.
 * @param {string} markdown
 * @param {string} before
 * @returns {[number, number]}
 */
function anchorIn(markdown, before) {
  for (let length = before.length; length > Math.max(0, before.length - FAR); length--) {
    // What is rendered has line breaks of its own around blocks and cells.
    const hint = before.slice(Math.max(0, length - HINT), length).trimStart();
    const count = before.slice(0, length).split(hint).length - 1;
    const at = /\S$/.test(hint) ? nthIndex(markdown, hint, count) : -1;
    if (at >= 0) {
      return [at + hint.length, length];
    }
  }
  return [0, 0];
}

/**
 * @param {string} text
 * @param {string} sought
 * @param {number} count
 */
function nthIndex(text, sought, count) {
  let at = -1;
  for (let found = 0; found < count; found++) {
    at = text.indexOf(sought, at < 0 ? 0 : at + sought.length);
    if (at < 0) {
      return -1;
    }
  }
  return at;
}
