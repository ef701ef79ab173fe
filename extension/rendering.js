/**
 * Notes as one reads them: Markdown rendered, with nothing in it that could act.
 *
 * Whatever a note holds, the result has no script, no event handler, no form, no style, no name that
 * the page could be looked up by, and asks no server for anything: an image is its address in words
 * until somebody follows it.
 */

import { BLOCK, BlockNames, extentsIn, nameBlocks } from "./blocks.js";
import { CALLOUT, MATH, speakDialect } from "./dialect.js";
import makePurifier from "./vendor/dompurify.js";
import makeRenderer from "./vendor/markdown-it.js";

/** @import { Extent } from "./blocks.js" */

/** @typedef {Extent & {element: Element}} Block - The Markdown of an element. */

/** Characters that are rendered; a longer text is cut there, so that a page stays quick. */
export const MOST_RENDERED = 400_000;

/**
 * Elements that a note may write as HTML; with more, all of it is shown as text. 80,000 of them, one
 * in the other, took 18 seconds, and the time grows with the square.
 */
const MOST_ELEMENTS = 10_000;

/** Where the address of an image waits: with a `src` it would be fetched as soon as it is shown. */
const ADDRESS = "data-address";

/** What notes are written with; without `style`, which the Content Security Policy refuses. */
const TAGS = [
  ..."a abbr b blockquote br caption cite code dd del details dfn div dl dt em figcaption figure".split(" "),
  ..."h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span".split(" "),
  ..."strong sub summary sup table tbody td tfoot th thead tr u ul var wbr".split(" "),
];
const ATTRIBUTES = "align alt class colspan dir href lang rowspan src start title".split(" ");
/** What has a look of its own; no other name of the page's styles gets into a note. */
const CLASSES = new Set([CALLOUT, MATH]);

const withHtml = rendererOf(true);
const withoutHtml = rendererOf(false);

/** @type {BlockNames | null} Those of what is purified just now. */
let namesNow = null;

const purifier = makePurifier(window);
// Addresses of all kinds are kept until they are shown as words, or not at all.
purifier.addHook("uponSanitizeAttribute", (element, attribute) => {
  const { attrName: name, attrValue: value } = attribute;
  attribute.forceKeepAttr =
    (name === "src" && element.localName === "img") || (name === BLOCK && namesNow?.has(value));
  if (attribute.attrName === "class") {
    attribute.keepAttr = CLASSES.has(attribute.attrValue);
  }
});
purifier.addHook("afterSanitizeAttributes", (element) => {
  if (element.localName === "img") {
    element.setAttribute(ADDRESS, element.getAttribute("src") ?? "");
    element.removeAttribute("src");
  } else if (element.localName === "a") {
    leadOut(element);
  }
});

/**
 * What a note looks like; of a text over `MOST_RENDERED` its beginning.
 * @param {string} markdown
 * @returns {DocumentFragment}
 */
export function renderSafely(markdown) {
  return render(markdown.slice(0, MOST_RENDERED), null);
}

/**
 * The same, with the blocks in it, in the order of the text. What is not shown whole is none.
 * @param {string} markdown
 * @param {number} [most] - Characters that are rendered.
 * @returns {{shown: DocumentFragment, blocks: Block[]}}
 */
export function renderBlocks(markdown, most = MOST_RENDERED) {
  const [text, names] = [markdown.slice(0, most), new BlockNames()];
  const shown = render(text, names);
  const extentOf = extentsIn(text);
  const blocks = takeNames(shown, names)
    .map(([name, element]) => ({ element, ...extentOf(names.lines(name)) }))
    .filter(({ to }) => to < text.length || text.length === markdown.length)
    .sort((one, other) => one.from - other.from);
  return { shown, blocks };
}

/**
 * @param {string} text
 * @param {BlockNames | null} names - Names that its blocks get.
 */
function render(text, names) {
  const isBearable = (text.match(/<[a-z]/gi)?.length ?? 0) <= MOST_ELEMENTS;
  const html = (isBearable ? withHtml : withoutHtml).render(text, names === null ? {} : { names });
  namesNow = names;
  const fragment = purifier.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    ALLOW_ARIA_ATTR: false,
    ALLOW_DATA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
  namesNow = null;
  for (const image of fragment.querySelectorAll("img")) {
    image.replaceWith(placeholderOf(image));
  }
  return fragment;
}

/**
 * Takes the names out of a document; of elements with the same one, which unclosed HTML makes, the
 * first has it.
 * @param {DocumentFragment} fragment
 * @param {BlockNames} names
 * @returns {[string, Element][]}
 */
function takeNames(fragment, names) {
  /** @type {Map<string, Element>} */
  const found = new Map();
  for (const element of fragment.querySelectorAll(`[${BLOCK}]`)) {
    const name = element.getAttribute(BLOCK) ?? "";
    if (found.has(name)) {
      element.removeAttribute(BLOCK);
    } else {
      found.set(name, element);
    }
  }
  // From the last to the first: each has all that lies in it before it is told of itself.
  const named = [...found].reverse();
  for (const [name, element] of named) {
    const outer = element.parentElement?.closest(`[${BLOCK}]`)?.getAttribute(BLOCK);
    if (outer) {
      names.enclose(outer, name);
    }
  }
  named.forEach(([, element]) => element.removeAttribute(BLOCK));
  return named.flatMap(([name, element]) => blockOf(name, element));
}

/**
 * @param {string} name
 * @param {Element} element
 * @returns {[string, Element][]}
 */
function blockOf(name, element) {
  const { localName, parentElement: parent } = element;
  if (localName === "wbr") {
    element.remove();
    return [];
  }
  return [[name, localName === "code" && parent?.localName === "pre" ? parent : element]];
}

/** @param {boolean} html - Whether HTML in the Markdown is HTML. */
function rendererOf(html) {
  const renderer = makeRenderer({ html, linkify: false });
  speakDialect(renderer);
  nameBlocks(renderer);
  // It writes the alignment of a column as a style.
  renderer.core.ruler.push("alignment", ({ tokens }) => {
    for (const token of tokens.filter(({ type }) => type === "td_open" || type === "th_open")) {
      const style = token.attrs?.find(([name]) => name === "style")?.[1] ?? "";
      token.attrs = style === "" ? null : [["align", style.replace("text-align:", "")]];
    }
  });
  return renderer;
}

/**
 * A link leads to a page of its own, and tells it nothing; what leads nowhere is none.
 * @param {Element} link
 */
function leadOut(link) {
  const href = link.getAttribute("href") ?? "";
  if (/^(?:https?|mailto):/i.test(href)) {
    link.setAttribute("target", "_blank");
    link.setAttribute("rel", "noreferrer");
  } else {
    link.removeAttribute("href");
  }
}

/**
 * An image in words: what it shows, and where it lies.
 * @param {Element} image
 */
function placeholderOf(image) {
  const address = image.getAttribute(ADDRESS) ?? "";
  const leads = /^https?:/i.test(address) && image.closest("a") === null;
  const made = document.createElement(leads ? "a" : "span");
  const [alt, place] = [image.getAttribute("alt") ?? "", document.createElement("span")];
  const name = image.getAttribute(BLOCK);
  if (name !== null) {
    made.setAttribute(BLOCK, name);
  }
  made.className = "picture";
  place.className = "address";
  place.textContent = address.startsWith("data:") ? "" : address;
  made.append(alt, place);
  if (made instanceof HTMLAnchorElement) {
    made.setAttribute("href", address);
    leadOut(made);
  }
  return made;
}
