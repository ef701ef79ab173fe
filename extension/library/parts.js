/** What the parts of the library are made of. Text of pages is text, never HTML. */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} className
 * @param {string | (Node | string)[]} [inner]
 */
export function make(tag, className, inner = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...(typeof inner === "string" ? [inner] : inner));
  return made;
}

/**
 * @param {string} className
 * @param {string} text
 * @param {() => void} does
 */
export function button(className, text, does) {
  const made = make("button", className, text);
  made.type = "button";
  made.addEventListener("click", does);
  return made;
}

/**
 * A text that is cut at its hits: every second piece is one, the first is not.
 * @param {string[]} pieces
 * @param {"mark" | "del" | "ins"} tag - What a hit becomes.
 */
export function marked(pieces, tag) {
  return pieces.map((piece, at) => (at % 2 === 0 ? piece : make(tag, "", piece)));
}

/**
 * The host of an address without its `www.`; of others, as of files, the address.
 * @param {string} url
 */
export function hostOf(url) {
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  return host.replace(/^www\./, "") || url;
}

/**
 * Whether an extension may open it.
 * @param {string | null} url
 * @returns {url is string}
 */
export function isOnline(url) {
  return /^https?:\/\//i.test(url ?? "");
}

/**
 * A link to a page of the web, in a tab of its own, which learns nothing of this one.
 * @param {string} className
 * @param {string} text
 * @param {string} url
 */
export function link(className, text, url) {
  const made = make("a", className, text);
  made.href = url;
  made.target = "_blank";
  made.rel = "noopener noreferrer";
  return made;
}
