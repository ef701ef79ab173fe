/** The #tags of a summary, which lie in its last paragraph as the daemon reads them. Pure. */

const TAG = /(^|\s)#([^\s#]+)/g;
/** A line that is nothing but tags. */
const ONLY_TAGS = /^(?:#[^\s#]+\s*)+$/;

/**
 * @param {string} summary
 * @returns {string[]} Each once, without `#`.
 */
export function tagsOf(summary) {
  return [...new Set([...lastParagraph(summary).matchAll(TAG)].map((match) => match[2] ?? ""))];
}

/**
 * The summary with one more tag; as it was when that is none, or is there.
 * @param {string} summary
 * @param {string} wish - As a person writes it, with or without `#`.
 */
export function withTag(summary, wish) {
  const tag = wish.trim().replaceAll("#", "").trim().replaceAll(/\s+/g, "-");
  const [text, known] = [summary.trimEnd(), tagsOf(summary)];
  if (tag === "" || known.includes(tag)) {
    return summary;
  }
  const line = text.slice(text.lastIndexOf("\n") + 1);
  const before = known.length === 0 ? "\n\n" : ONLY_TAGS.test(line) ? " " : "\n";
  return text === "" ? `#${tag}` : `${text}${before}#${tag}`;
}

/**
 * The summary without a tag; a paragraph of which nothing else is left goes too.
 * @param {string} summary
 * @param {string} tag
 */
export function withoutTag(summary, tag) {
  const text = summary.trim();
  const last = lastParagraph(summary);
  /** @type {(whole: string, space: string, found: string) => string} */
  const kept = (whole, space, found) => (found === tag ? space : whole);
  const rest = last.replaceAll(TAG, kept);
  const lines = rest.split("\n").map((line) => line.replaceAll(/ {2,}(?=#)/g, " ").trim());
  return `${text.slice(0, text.length - last.length)}${lines.filter(Boolean).join("\n")}`.trim();
}

/** @param {string} summary */
function lastParagraph(summary) {
  return summary.trim().split("\n\n").at(-1) ?? "";
}
