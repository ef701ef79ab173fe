/**
 * Notes as one reads them: Markdown rendered, with nothing in it that could act.
 *
 * Whatever a note holds, the result has no script, no event handler, no form, no style, no name that
 * the page could be looked up by, and asks no server for anything: an image is its address in words
 * until somebody follows it.
 */

import { CALLOUT, MATH, speakDialect } from "./dialect.js";
import makePurifier from "./vendor/dompurify.js";
import makeRenderer from "./vendor/markdown-it.js";

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

const purifier = makePurifier(window);
// Addresses of all kinds are kept until they are shown as words, or not at all.
purifier.addHook("uponSanitizeAttribute", (element, attribute) => {
  attribute.forceKeepAttr = element.localName === "img" && attribute.attrName === "src";
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
  const text = markdown.slice(0, MOST_RENDERED);
  const isBearable = (text.match(/<[a-z]/gi)?.length ?? 0) <= MOST_ELEMENTS;
  const fragment = purifier.sanitize((isBearable ? withHtml : withoutHtml).render(text), {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    ALLOW_ARIA_ATTR: false,
    ALLOW_DATA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const image of fragment.querySelectorAll("img")) {
    image.replaceWith(placeholderOf(image));
  }
  return fragment;
}

/** @param {boolean} html - Whether HTML in the Markdown is HTML. */
function rendererOf(html) {
  const renderer = makeRenderer({ html, linkify: false });
  speakDialect(renderer);
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
