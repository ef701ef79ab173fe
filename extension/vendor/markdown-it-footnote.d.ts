import type { MarkdownIt } from "./markdown-it.js";

/** Footnotes as Pandoc writes them. */
declare const footnotes: (renderer: MarkdownIt) => void;
export default footnotes;
