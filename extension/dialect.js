/**
 * What notes are written in beyond CommonMark and tables, for a renderer: footnotes, formulas as
 * their TeX, and callouts. `daemon/markdown/` writes them so.
 */

import footnotes from "./vendor/markdown-it-footnote.js";

/** @import { CoreState, InlineState, MarkdownIt } from "./vendor/markdown-it.js" */

/** The class of a formula; the text is its TeX. */
export const MATH = "math";
/** The class of the line that says what a callout is. */
export const CALLOUT = "callout";

/** A dollar sign that stands for itself has a backslash; Pandoc's rule for all others. */
const FORMULA = /\$\$([^$]+)\$\$|\$(?=\S)((?:\\.|[^\\$])+)(?<=\S)\$(?!\d)/y;
const KIND = /^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]$/;

/** @param {MarkdownIt} renderer */
export function speakDialect(renderer) {
  renderer.use(footnotes);
  // What would lead back leads nowhere: of the notes shown on a page, names are taken.
  renderer.renderer.rules["footnote_anchor"] = () => "";
  renderer.inline.ruler.before("escape", MATH, readFormula);
  renderer.core.ruler.push(CALLOUT, nameCallouts);
}

/**
 * @param {InlineState} state
 * @param {boolean} silent
 */
function readFormula(state, silent) {
  FORMULA.lastIndex = state.pos;
  const found = state.src[state.pos] === "$" ? FORMULA.exec(state.src) : null;
  if (found === null) {
    return false;
  }
  if (!silent) {
    const token = state.push("code_inline", "code", 0);
    token.content = (found[1] ?? found[2] ?? "").trim();
    token.attrs = [["class", MATH]];
  }
  state.pos = FORMULA.lastIndex;
  return true;
}

/**
 * The first line of a quote that is a callout says of which kind it is.
 * @param {CoreState} state
 */
function nameCallouts({ tokens, Token }) {
  for (const [index, { children }] of tokens.entries()) {
    const first = children?.[0];
    const kind = KIND.exec(first?.content ?? "")?.[1];
    if (first && kind !== undefined && tokens[index - 2]?.type === "blockquote_open") {
      first.content = kind;
      const open = new Token("strong_open", "strong", 1);
      open.attrs = [["class", CALLOUT]];
      children.splice(0, 1, open, first, new Token("strong_close", "strong", -1));
    }
  }
}
