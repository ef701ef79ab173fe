/**
 * What the page looks like now, as HTML of our own: runs inside the page, in the extension's
 * isolated world, and its completion value is a `Snapshot` or `{error}`, or a promise of one where
 * images are to be read.
 *
 * A classic script that imports nothing, because `scripting.executeScript({files})` takes no module.
 * Three rules hold throughout:
 * - Exceptions inside an injected script vanish (the result is then just `null`), so all are caught.
 * - A page can shadow any property of its document and forms (`<input name="childNodes">`), also in
 *   an isolated world, so members are taken from the prototypes.
 * - Pages nest thousands of levels deep, so nothing here calls itself.
 *
 * The HTML re-parses in libxml2 into the same tree: names it does not know as empty are left out or
 * closed, and what it would take for an omitted end tag is kept apart (`CLOSED_BY`).
 *
 * `style` attributes are kept: they hold bold text, preserved spaces and the alignment of table
 * columns where a page has no elements for them. Event handlers are left out: nothing can run them.
 */
// eslint-disable-next-line @typescript-eslint/no-floating-promises -- the browser waits for its value
(() => {
  "use strict";

  /** libxml2 gives up at 256 levels; the rest is for what readers add around a fragment. */
  const MAX_DEPTH = 200;
  /** A canvas of 2,000 × 2,000 pixels takes some 0.1 s to encode. */
  const MAX_CANVAS_PIXELS = 4_000_000;
  const MAX_CANVAS_CHARACTERS = 8 * 1024 * 1024;

  /** CSS pixels of each side, from which on an image is more than an ornament. */
  const SMALLEST_IMAGE = 32;
  /** A point or a line, whose only use is to count readers or to keep a place. */
  const SPACER = 2;
  /** What is beyond these is left to the daemon: images of one page, bytes, milliseconds. */
  const MOST_IMAGES = 200;
  const LARGEST_IMAGE = 10_000_000;
  const LARGEST_IMAGES = 50_000_000;
  const IMAGE_TIME = 3_000;
  /** Characters of a page that is large enough without its images. */
  const LARGE_PAGE = 200_000_000;

  /** Neither seen by a reader nor of use to one who reads the HTML. */
  const OMITTED = new Set(
    ("base basefont bgsound command keygen link nextid noembed noframes noscript param script source " +
      "style template title track wbr").split(" "),
  );
  const VOID = new Set("area br col hr img input meta".split(" "));
  /** Elements that keep their tags but not what is in them: form values, and what other browsers show. */
  const EMPTIED = new Set(["audio", "canvas", "embed", "iframe", "textarea", "video"]);
  const RENAMED = new Map(
    Object.entries({
      body: "div",
      frame: "iframe",
      frameset: "div",
      head: "div",
      html: "div",
      image: "img",
      listing: "pre",
      plaintext: "pre",
      xmp: "pre",
    }),
  );
  /** The elements beside custom ones that may have a shadow root. */
  const HOSTS = new Set(
    ("article aside blockquote body div footer h1 h2 h3 h4 h5 h6 header main nav p section " +
      "span").split(" "),
  );

  /**
   * Which direct child makes libxml2 2.14 close its parent first; found by parsing every pair of
   * HTML elements. Browsers build such pairs from scripts and from flattened shadow roots.
   */
  const CLOSED_BY = closedBy({
    a: "a fieldset table td th",
    address: "dd dl dt form li ul",
    "b font i u": "center p td th",
    "big s small strike tt": "p",
    caption: "col colgroup tbody tfoot thead tr",
    colgroup: "colgroup tbody tfoot thead tr",
    dd: "dt",
    "dir menu": "dd dl dt form ul",
    dl: "form li",
    dt: "dd dl",
    "form ol": "form",
    "h1 h2 h3 h4 h5 h6": "fieldset form li p table",
    legend: "fieldset",
    li: "li",
    option: "optgroup option",
    p:
      "address blockquote caption center col colgroup dd dir div dl dt fieldset form h1 h2 h3 h4 " +
      "h5 h6 hr li menu ol p pre table tbody td tfoot th tr ul",
    pre: "dd dl dt fieldset form li table ul",
    span: "td th",
    "tbody tfoot thead": "tbody tfoot",
    "td th": "tbody td tfoot th tr",
    tr: "tbody tfoot tr",
    ul: "address form menu pre",
  });

  const NAME = /^[a-z][a-z0-9-]*$/i;
  /** Of one element. Parsers take time that grows with the square of their number. */
  const MOST_ATTRIBUTES = 100;
  const ATTRIBUTE_NAME = /^[a-z_][\w:.-]*$/i;
  /* eslint-disable no-control-regex -- control characters end or break the text in libxml2 */
  const ILLEGAL = /[\0-\x08\x0b\x0c\x0e-\x1f]/g;
  const SPECIAL = /[&<>\0-\x08\x0b\x0c\x0e-\x1f]/g;
  const SPECIAL_QUOTED = /[&<"\0-\x08\x0b\x0c\x0e-\x1f]/g;
  /* eslint-enable no-control-regex */
  const ESCAPES = new Map(
    Object.entries({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }),
  );
  const URL_ATTRIBUTES = new Set(["cite", "href", "poster", "src", "xlink:href"]);
  const LAZY_ATTRIBUTE = /^data-.*(?:src|original|lazy|url|echo|image|img)/;
  const LAZY_ELEMENTS = new Set(["amp-img", "audio", "iframe", "img", "video"]);
  /** Base-relative addresses end here; these forms have no base and can be megabytes long. */
  const ABSOLUTE = /^(?:https?:\/\/|(?:data|blob|javascript|mailto|tel):)/i;

  /**
   * How far the marks of hidden elements are to be looked for below an element.
   * - `checked`: ask the browser.
   * - `folded`: in a closed `<details>` or `hidden="until-found"`, which a reader may open; only what
   *   is hidden beside that counts.
   * - `unchecked`: nothing below is rendered, or it cannot be told.
   * @typedef {"checked" | "folded" | "unchecked"} Checking
   */

  /**
   * An element whose children are being written.
   * @typedef {object} Level
   * @property {() => Node | null} next - The next child, in the order in which it is shown.
   * @property {string} end - What closes it.
   * @property {string} tag - The name of the innermost open tag.
   * @property {number} start - Where the parts hold that tag's beginning.
   * @property {number} depth - How many tags are open.
   * @property {Checking} checking
   * @property {string} base - The address that relative ones start from.
   */

  /** @typedef {import("./messages.js").Snapshot} Snapshot */

  const childOf = getter(Node.prototype, "firstChild");
  const siblingOf = getter(Node.prototype, "nextSibling");
  const typeOf = getter(Node.prototype, "nodeType");
  const textOf = getter(Node.prototype, "textContent");
  const baseOf = getter(Node.prototype, "baseURI");
  const parentOf = getter(Node.prototype, "parentElement");
  const dataOf = getter(CharacterData.prototype, "data");
  const nameOf = getter(Element.prototype, "localName");
  const shadowOf = getter(Element.prototype, "shadowRoot");
  /** @type {(owner: Document) => HTMLElement | null} - XML documents have none. */
  const bodyOf = getter(Document.prototype, "body");
  const headOf = getter(Document.prototype, "head");
  const rootOf = getter(Document.prototype, "documentElement");
  const titleOf = getter(Document.prototype, "title");
  const addressOf = getter(Document.prototype, "URL");
  const contentTypeOf = getter(Document.prototype, "contentType");
  const activeIn = getter(Document.prototype, "activeElement");
  const selectionOf = method(Document.prototype, "getSelection");
  const frameDocumentOf = getter(HTMLIFrameElement.prototype, "contentDocument");
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- pages still have them
  const oldFrameDocumentOf = getter(HTMLFrameElement.prototype, "contentDocument");
  const naturalWidthOf = getter(HTMLImageElement.prototype, "naturalWidth");
  const naturalHeightOf = getter(HTMLImageElement.prototype, "naturalHeight");
  const imageSourceOf = getter(HTMLImageElement.prototype, "currentSrc");
  const imageAddressOf = getter(HTMLImageElement.prototype, "src");
  const mediaSourceOf = getter(HTMLMediaElement.prototype, "currentSrc");
  const widthOf = getter(HTMLCanvasElement.prototype, "width");
  const heightOf = getter(HTMLCanvasElement.prototype, "height");
  const dataUrlOf = method(HTMLCanvasElement.prototype, "toDataURL");
  const assignedTo = method(HTMLSlotElement.prototype, "assignedNodes");
  const attributeNamesOf = method(Element.prototype, "getAttributeNames");
  const attributeOf = method(Element.prototype, "getAttribute");
  const isVisible = method(Element.prototype, "checkVisibility");
  const treeOf = method(Node.prototype, "getRootNode");
  const closestTo = method(Element.prototype, "closest");

  /** The first name is the standard's, from Chrome 121 on; the second is its older one. */
  const WITH_VISIBILITY = { visibilityProperty: true, checkVisibilityCSS: true };

  let canvasCharacters = 0;
  /** @type {Set<string>} The addresses of the images that are shown. */
  const shownImages = new Set();
  /**
   * What is shown of the images that a complete capture has under one name, by that name; null where
   * it could be several, of which it has but one.
   * @type {Map<string, string | null>}
   */
  const namedImages = new Map();

  try {
    return takeSnapshot();
  } catch (error) {
    return { error: describe(error) };
  }

  /** @returns {Snapshot | Promise<Snapshot> | {error: {code: string, message: string}}} */
  function takeSnapshot() {
    // Chromium's viewer is an HTML document that keeps the type of what it shows.
    if (contentTypeOf(document) === "application/pdf") {
      return { error: { code: "page-is-pdf", message: "The page is a PDF." } };
    }
    const root = rootOf(document);
    const snapshot = {
      url: addressOf(document),
      title: titleOf(document).toWellFormed(),
      html: pageHtml().toWellFormed(),
      selection: selectionHtml()?.toWellFormed() ?? null,
      canonical: canonicalAddress(),
      language: attributeOf(root, "lang") ?? attributeOf(root, "xml:lang"),
      captured_at: localTime(new Date()),
      images: [],
      unread: [],
    };
    const size = snapshot.html.length + (snapshot.selection?.length ?? 0);
    // A page without images waits for nothing.
    return shownImages.size === 0 || size > LARGE_PAGE ? snapshot : withImages(snapshot);
  }

  /**
   * The snapshot with the bytes of those images that the page itself may read: mostly from the
   * cache, all side by side. One that fails is left to the daemon.
   * @param {Snapshot} snapshot
   * @returns {Promise<Snapshot>}
   */
  async function withImages(snapshot) {
    const signal = AbortSignal.timeout(IMAGE_TIME);
    const budget = { left: LARGEST_IMAGES };
    const reading = [...shownImages].slice(0, MOST_IMAGES).map(async (url) => {
      try {
        return await imageOf(url, signal, budget);
      } catch {
        return null; // gone, not to be read from here, or too slow: which of them is all the same
      }
    });
    const images = (await Promise.all(reading)).filter((image) => image !== null);
    return { ...snapshot, images, unread: unreadBeside(images) };
  }

  /**
   * The images that are shown and are not among those that were read.
   * @param {import("./messages.js").CapturedImage[]} read
   */
  function unreadBeside(read) {
    for (const { url } of read) {
      shownImages.delete(url);
    }
    const unread = [];
    for (const [name, url] of namedImages) {
      if (url !== null && shownImages.has(url)) {
        unread.push({ url, name });
      }
    }
    return unread;
  }

  /**
   * @param {string} url
   * @param {AbortSignal} signal
   * @param {{left: number}} budget - Bytes for all images.
   * @returns {Promise<import("./messages.js").CapturedImage | null>}
   */
  async function imageOf(url, signal, budget) {
    const answer = await fetch(url, { cache: "force-cache", signal });
    const bytes = answer.ok ? await bytesOf(answer, budget) : null;
    return bytes === null ? null : { url, data: await base64Of(bytes) };
  }

  /**
   * The body, unless it is too large; then it is not read to its end.
   * @param {Response} answer
   * @param {{left: number}} budget
   */
  async function bytesOf(answer, budget) {
    const parts = [];
    let size = 0;
    const reader = answer.body?.getReader();
    for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
      size += part.value.length;
      budget.left -= part.value.length;
      if (size > LARGEST_IMAGE || budget.left < 0) {
        budget.left += size; // smaller ones may still fit
        await reader?.cancel();
        return null;
      }
      parts.push(part.value);
    }
    return size === 0 ? null : new Blob(parts);
  }

  /**
   * The reader is for Chromium before 140: it takes 20 ms for 2 MB, `toBase64` two.
   * @param {Blob} bytes
   * @returns {Promise<string>}
   */
  async function base64Of(bytes) {
    /** @type {Uint8Array & {toBase64?: () => string}} */
    const array = new Uint8Array(await bytes.arrayBuffer());
    return array.toBase64?.() ?? (await readBase64(bytes));
  }

  /**
   * @param {Blob} bytes
   * @returns {Promise<string>}
   */
  function readBase64(bytes) {
    return new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.addEventListener("load", () => {
        const url = /** @type {string} */ (reader.result);
        resolve(url.slice(url.indexOf(",") + 1));
      });
      reader.addEventListener("error", () => reject(new Error("The bytes could not be read.")));
      reader.readAsDataURL(bytes);
    });
  }

  /** @param {unknown} error */
  function describe(error) {
    // The one range error here: the page's text exceeds what a string can hold, some 500 million
    // characters in Chromium.
    if (error instanceof RangeError) {
      return { code: "capture-too-large", message: error.message };
    }
    const message = error instanceof Error ? `${error.message}\n${error.stack}` : String(error);
    return { code: "snapshot-failed", message };
  }

  function pageHtml() {
    const root = rootOf(document);
    const attributes = attributesText(root, nameOf(root), baseOf(root));
    const body = serialize(bodyOf(document) ?? root, { tag: "body", range: null });
    return `<!DOCTYPE html>\n<html${attributes}><head>${headHtml()}</head>${body}</html>`;
  }

  function headHtml() {
    const parts = ['<meta charset="utf-8">', `<title>${escaped(titleOf(document))}</title>`];
    for (const element of childElements(headOf(document))) {
      const name = nameOf(element);
      if ((name === "meta" && !saysEncoding(element)) || (name === "link" && isCanonical(element))) {
        parts.push(`<${name}${attributesText(element, name, baseOf(element))}>`);
      } else if (name === "script") {
        parts.push(scriptHtml(element));
      }
    }
    return parts.join("\n");
  }

  /** @param {Element} element */
  function isCanonical(element) {
    return /(?:^|\s)canonical(?:\s|$)/i.test(attributeOf(element, "rel") ?? "");
  }

  /**
   * What we give has one encoding, whatever the page had.
   * @param {Element} meta
   */
  function saysEncoding(meta) {
    const names = attributeOf(meta, "http-equiv") ?? "";
    return attributeOf(meta, "charset") !== null || /^\s*content-type\s*$/i.test(names);
  }

  function canonicalAddress() {
    for (const element of childElements(headOf(document))) {
      if (nameOf(element) === "link" && isCanonical(element)) {
        const address = absolute(attributeOf(element, "href") ?? "", baseOf(element));
        return /^https?:/.test(address) ? address : null;
      }
    }
    return null;
  }

  /** The selected part of the page, or of the frame that has the focus. */
  function selectionHtml() {
    const selection = selectionOf(focusedDocument());
    if (selection === null || selection.isCollapsed) {
      return null;
    }
    const parts = [];
    for (let index = 0; index < selection.rangeCount; index++) {
      const range = selection.getRangeAt(index);
      parts.push(serialize(selectedRoot(range), { tag: null, range }));
    }
    return parts.join("\n");
  }

  function focusedDocument() {
    let current = document;
    for (;;) {
      const element = activeIn(current);
      const inner = element && frameContent(element);
      if (!inner) {
        return current;
      }
      current = inner;
    }
  }

  /**
   * The element that a selection's text needs around it: rows make no sense outside their table.
   * @param {Range} range
   * @returns {Element}
   */
  function selectedRoot(range) {
    const common = range.commonAncestorContainer;
    const element = common instanceof Element || isElement(common) ? common : parentOf(common);
    if (element === null) {
      return rootOf(document);
    }
    const inTable = /^(?:tbody|thead|tfoot|tr)$/.test(nameOf(element));
    return (inTable && closestTo(element, "table")) || element;
  }

  /**
   * The HTML of an element as it is shown, or of the part of it that lies in a range.
   * @param {Element} root
   * @param {{tag: string | null, range: Range | null}} options - `tag`: the root's name in the
   *   result, instead of its own.
   */
  function serialize(root, { tag, range }) {
    /** @type {string[]} */
    const parts = [];
    /** @type {Level[]} */
    const levels = [];
    const outermost = {
      next: listed([]),
      end: "",
      tag: "",
      start: 0,
      depth: tag === "body" ? 1 : 0,
      // A page that hides itself as a whole (until its fonts are there, or for good) would be lost.
      checking: /** @type {Checking} */ (isVisible(root) ? "checked" : "unchecked"),
      base: baseOf(root),
    };
    writeElement(root, outermost, tag);
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const node = level.next();
      if (node === null) {
        parts.push(level.end);
        levels.pop();
      } else if (range === null || touches(range, node)) {
        writeNode(node, level);
      }
    }
    return parts.join("");

    /**
     * @param {Node} node
     * @param {Level} level
     */
    function writeNode(node, level) {
      if (isElement(node)) {
        writeElement(node, level, null);
      } else if (isText(node)) {
        parts.push(escaped(range === null ? dataOf(node) : selectedText(node, range)));
      }
    }

    /**
     * Write the start of an element and open a level for what is in it.
     * @param {Element} element
     * @param {Level} level
     * @param {string | null} forced
     */
    function writeElement(element, level, forced) {
      const name = nameOf(element);
      if (name.startsWith("guidang-")) {
        return;
      }
      if (name === "slot") {
        levels.push({ ...level, next: slotContent(element), end: "" });
        return;
      }
      if ((OMITTED.has(name) && forced === null) || (name === "meta" && saysEncoding(element))) {
        parts.push(name === "script" ? scriptHtml(element) : "");
        return;
      }
      const mark = hiddenMark(element, level.checking);
      const picture = name === "canvas" && mark !== "display" ? canvasHtml(element) : null;
      if (picture !== null) {
        parts.push(picture);
        return;
      }
      const frame = frameContent(element);
      if (frame !== null) {
        openFrame(frame, mark, level);
        return;
      }
      if (name === "img") {
        const image = /** @type {HTMLImageElement} */ (element);
        noteName(image);
        if (mark === null && level.checking === "checked") {
          noteImage(image);
        }
      }
      const tag = forced ?? tagOf(name);
      open(tag, attributesText(element, name, level.base) + markText(mark), level, {
        next: EMPTIED.has(tag) ? listed([]) : contentOf(element),
        checking: checkingBelow(element, name, mark, level.checking),
        base: level.base,
      });
    }

    /**
     * @param {Document} frame
     * @param {string | null} mark
     * @param {Level} level
     */
    function openFrame(frame, mark, level) {
      const body = bodyOf(frame);
      const attributes = ` data-guidang-frame="${quoted(addressOf(frame))}"${markText(mark)}`;
      open("div", attributes, level, {
        next: body === null ? listed([]) : contentOf(body),
        checking: mark === "display" || level.checking === "unchecked" ? "unchecked" : "checked",
        base: baseOf(frame),
      });
    }

    /**
     * @param {string} tag
     * @param {string} attributes
     * @param {Level} level
     * @param {Pick<Level, "next" | "checking" | "base">} content
     */
    function open(tag, attributes, level, content) {
      const apart = level.tag !== "" && CLOSED_BY.get(level.tag)?.has(tag);
      const wrapped = apart && level.tag !== "p";
      const depth = level.depth + (wrapped ? 2 : 1);
      if (depth > MAX_DEPTH) {
        // A space, lest the words of two paragraphs become one.
        parts.push(" ");
        levels.push({ ...level, ...content, end: "" });
        return;
      }
      if (apart && !wrapped) {
        makeDivision(level);
      }
      const start = parts.push(wrapped ? "<div>" : "", `<${tag}`, `${attributes}>`) - 2;
      if (VOID.has(tag)) {
        parts.push(wrapped ? "</div>" : "");
        return;
      }
      const end = `</${tag}>${wrapped ? "</div>" : ""}`;
      levels.push({ ...content, end, tag, start, depth });
    }

    /**
     * Turn an open paragraph that cannot hold what comes into a `div`, which can.
     * @param {Level} level - Of the paragraph, or of a slot directly in it.
     */
    function makeDivision({ start }) {
      parts[start] = "<div";
      for (const level of levels) {
        if (level.start === start && level.tag === "p") {
          level.tag = "div";
          level.end = level.end.replace("</p>", "</div>");
        }
      }
    }
  }

  /**
   * Remember an image that is shown. The bytes of a `data:` address are in the HTML already.
   * @param {HTMLImageElement} image
   */
  function noteImage(image) {
    const source = imageSourceOf(image);
    if (
      Math.min(naturalWidthOf(image), naturalHeightOf(image)) >= SMALLEST_IMAGE &&
      /^(?:https?|blob):/.test(source)
    ) {
      shownImages.add(source);
    }
  }

  /**
   * Remember under which name a complete capture has an image. Chromium 156 writes the bytes that are
   * shown, but calls them by the `src`, also where the `srcset` has given them and the `src` is a
   * place holder that many images share; only in a `<picture>` by what is shown.
   * @param {HTMLImageElement} image
   */
  function noteName(image) {
    const shown = imageSourceOf(image);
    const parent = parentOf(image);
    const name = parent !== null && nameOf(parent) === "picture" ? shown : imageAddressOf(image);
    const isOther = namedImages.has(name) && namedImages.get(name) !== shown;
    namedImages.set(name, isOther ? null : shown);
  }

  /**
   * Whether what an image shows is no picture: a point of another site, or one that keeps the place
   * until the picture is loaded.
   * @param {HTMLImageElement} image
   */
  function isSpacer(image) {
    const smaller = Math.min(naturalWidthOf(image), naturalHeightOf(image));
    return smaller > 0 && smaller <= SPACER;
  }

  /** @param {string} name */
  function tagOf(name) {
    return RENAMED.get(name) ?? (NAME.test(name) ? name : "span");
  }

  /**
   * @param {Element} element
   * @param {Checking} checking
   * @returns {"display" | "visibility" | null}
   */
  function hiddenMark(element, checking) {
    if (checking === "unchecked") {
      return null;
    }
    if (checking === "checked" && isVisible(element)) {
      return isVisible(element, WITH_VISIBILITY) ? null : "visibility";
    }
    // Not visible, says the browser, also of `display: contents`, whose children are.
    const { display, visibility } = getComputedStyle(element);
    if (display === "none" || (checking === "checked" && display !== "contents")) {
      return "display";
    }
    return visibility === "visible" ? null : "visibility";
  }

  /** @param {string | null} mark */
  function markText(mark) {
    return mark === null ? "" : ` data-guidang-hidden="${mark}"`;
  }

  /**
   * @param {Element} element
   * @param {string} name
   * @param {string | null} mark
   * @param {Checking} checking
   * @returns {Checking}
   */
  function checkingBelow(element, name, mark, checking) {
    // The TeX source of a formula stands in an `annotation`, which no browser renders.
    if (mark === "display" || name === "math" || checking === "unchecked") {
      return "unchecked";
    }
    const closed = name === "details" && attributeOf(element, "open") === null;
    return closed || attributeOf(element, "hidden") === "until-found" ? "folded" : checking;
  }

  /**
   * The children as they are shown: those of the shadow root where there is one.
   * @param {Element} element
   */
  function contentOf(element) {
    return siblings(childOf(shadowRootOf(element) ?? element));
  }

  /** @param {Element} element */
  function shadowRootOf(element) {
    const name = nameOf(element);
    if (!HOSTS.has(name) && !name.includes("-")) {
      return null;
    }
    return shadowOf(element) ?? closedShadowRootOf(element);
  }

  /**
   * Chromium has a function for it, Firefox a property that only extensions see.
   * @param {Element & {openOrClosedShadowRoot?: ShadowRoot | null}} element
   */
  function closedShadowRootOf(element) {
    const { dom } = /** @type {{dom?: Partial<typeof chrome.dom>}} */ (chrome);
    return dom?.openOrClosedShadowRoot
      ? dom.openOrClosedShadowRoot(/** @type {HTMLElement} */ (element))
      : (element.openOrClosedShadowRoot ?? null);
  }

  /** @param {Element} element */
  function slotContent(element) {
    const assigned = assignedTo(/** @type {HTMLSlotElement} */ (element));
    return assigned.length > 0 ? listed(assigned) : siblings(childOf(element));
  }

  /**
   * The document of a frame of the same origin.
   * @param {Element} element
   */
  function frameContent(element) {
    switch (nameOf(element)) {
      case "iframe":
        return frameDocumentOf(/** @type {HTMLIFrameElement} */ (element));
      case "frame":
        return oldFrameDocumentOf(/** @type {any} */ (element));
      default:
        return null;
    }
  }

  /**
   * @param {Element} element
   * @param {string} name
   * @param {string} base
   */
  function attributesText(element, name, base) {
    let text = "";
    for (const attribute of attributeNamesOf(element).slice(0, MOST_ATTRIBUTES)) {
      if (!ATTRIBUTE_NAME.test(attribute) || isLeftOut(attribute, name)) {
        continue;
      }
      const value = attributeOf(element, attribute) ?? "";
      text += ` ${attribute}="${quoted(shownValue(attribute, value, name, base))}"`;
    }
    const source = sourceOf(element, name, base);
    return source === "" ? text : `${text} src="${quoted(source)}"`;
  }

  /**
   * @param {string} attribute
   * @param {string} name
   */
  function isLeftOut(attribute, name) {
    if (attribute.startsWith("on") || attribute.startsWith("data-guidang-")) {
      return true;
    }
    switch (name) {
      case "input":
        return attribute === "value" || attribute === "checked";
      case "iframe":
        return attribute === "srcdoc";
      case "option":
        return attribute === "selected";
      case "img":
        return attribute === "src" || attribute === "srcset" || attribute === "sizes";
      case "audio":
      case "video":
        return attribute === "src";
      default:
        return false;
    }
  }

  /**
   * @param {string} attribute
   * @param {string} value
   * @param {string} name
   * @param {string} base
   */
  function shownValue(attribute, value, name, base) {
    if (URL_ATTRIBUTES.has(attribute) || (attribute === "data" && name === "object")) {
      return absolute(value, base);
    }
    if (LAZY_ELEMENTS.has(name) && LAZY_ATTRIBUTE.test(attribute)) {
      return attribute.includes("srcset") ? absoluteSet(value, base) : lazyAddress(value, base);
    }
    return value;
  }

  /**
   * What an image or film shows now.
   * @param {Element} element
   * @param {string} name
   * @param {string} base
   */
  function sourceOf(element, name, base) {
    const given = absolute(attributeOf(element, "src") ?? "", base);
    switch (name) {
      case "img": {
        if (isSpacer(/** @type {HTMLImageElement} */ (element))) {
          return "";
        }
        const set = attributeOf(element, "srcset") ?? "";
        const first = absolute(set.trim().split(/\s/, 1)[0] ?? "", base);
        return imageSourceOf(/** @type {HTMLImageElement} */ (element)) || given || first;
      }
      case "audio":
      case "video":
        return mediaSourceOf(/** @type {HTMLMediaElement} */ (element)) || given;
      default:
        return "";
    }
  }

  /**
   * @param {string} value
   * @param {string} base
   */
  function absolute(value, base) {
    const trimmed = value.trim();
    if (trimmed === "" || ABSOLUTE.test(trimmed) || !URL.canParse(trimmed, base)) {
      return trimmed;
    }
    return new URL(trimmed, base).href;
  }

  /**
   * Attributes such as `data-lazy` hold an address on one page and "true" on the next.
   * @param {string} value
   * @param {string} base
   */
  function lazyAddress(value, base) {
    return /^[^\s{[<]*[./][^\s{[<]*$/.test(value.trim()) ? absolute(value, base) : value;
  }

  /**
   * @param {string} value
   * @param {string} base
   */
  function absoluteSet(value, base) {
    const candidates = value.split(/,\s+/).map((candidate) => {
      const [address = "", ...descriptor] = candidate.trim().split(/\s+/);
      return [absolute(address, base), ...descriptor].join(" ");
    });
    return candidates.join(", ");
  }

  /**
   * A canvas as an image, or null where the page drew images of other sites on it, or too much.
   * @param {Element} element
   */
  function canvasHtml(element) {
    const canvas = /** @type {HTMLCanvasElement} */ (element);
    const [width, height] = [widthOf(canvas), heightOf(canvas)];
    if (width * height === 0 || width * height > MAX_CANVAS_PIXELS) {
      return null;
    }
    const source = readCanvas(canvas);
    canvasCharacters += source?.length ?? 0;
    if (source === null || canvasCharacters > MAX_CANVAS_CHARACTERS) {
      return null;
    }
    return `<img data-guidang-canvas="" width="${width}" height="${height}" src="${source}">`;
  }

  /** @param {HTMLCanvasElement} canvas */
  function readCanvas(canvas) {
    try {
      return dataUrlOf(canvas, "image/png");
    } catch (error) {
      if (error instanceof DOMException && error.name === "SecurityError") {
        return null;
      }
      throw error;
    }
  }

  /**
   * Scripts that hold data: what the page says of itself, and formulas.
   * @param {Element} element
   */
  function scriptHtml(element) {
    const type = (attributeOf(element, "type") ?? "").trim().toLowerCase();
    if (type !== "application/ld+json" && !type.startsWith("math/tex")) {
      return "";
    }
    // What would end the element is written as JSON allows it, and as TeX does not mind it.
    const opening = type.startsWith("math") ? "< " : "\\u003c";
    const text = (textOf(element) ?? "").replace(/<(?=\/script|!--)/gi, opening);
    return `<script type="${quoted(type)}">${text.replace(ILLEGAL, "")}</script>`;
  }

  /**
   * @param {Range} range
   * @param {Node} node
   */
  function touches(range, node) {
    // The tree of a shadow root belongs to its host, which was asked before.
    return treeOf(node) !== treeOf(range.startContainer) || range.intersectsNode(node);
  }

  /**
   * @param {CharacterData} node
   * @param {Range} range
   */
  function selectedText(node, range) {
    const data = dataOf(node);
    const start = node === range.startContainer ? range.startOffset : 0;
    const end = node === range.endContainer ? range.endOffset : data.length;
    return data.slice(start, end);
  }

  /** @param {string} text */
  function escaped(text) {
    return text.replace(SPECIAL, (character) => ESCAPES.get(character) ?? "");
  }

  /** @param {string} text */
  function quoted(text) {
    return text.replace(SPECIAL_QUOTED, (character) => ESCAPES.get(character) ?? "");
  }

  /**
   * The local time with its offset from UTC, in ISO 8601.
   * @param {Date} now
   */
  function localTime(now) {
    const offset = -now.getTimezoneOffset();
    const local = new Date(now.getTime() + offset * 60_000).toISOString().slice(0, -1);
    const minutes = Math.abs(offset);
    const [hour, minute] = [Math.floor(minutes / 60), minutes % 60].map(twoDigits);
    return `${local}${offset < 0 ? "-" : "+"}${hour}:${minute}`;
  }

  /** @param {number} value */
  function twoDigits(value) {
    return String(value).padStart(2, "0");
  }

  /** @param {Element | null} element */
  function* childElements(element) {
    for (let node = element && childOf(element); node !== null; node = siblingOf(node)) {
      if (isElement(node)) {
        yield node;
      }
    }
  }

  /** @param {Node | null} first */
  function siblings(first) {
    let following = first;
    return () => {
      const node = following;
      following = node && siblingOf(node);
      return node;
    };
  }

  /** @param {Node[]} nodes */
  function listed(nodes) {
    let index = 0;
    return () => nodes[index++] ?? null;
  }

  /**
   * @param {Node} node
   * @returns {node is Element}
   */
  function isElement(node) {
    return typeOf(node) === Node.ELEMENT_NODE;
  }

  /**
   * @param {Node} node
   * @returns {node is CharacterData}
   */
  function isText(node) {
    const type = typeOf(node);
    return type === Node.TEXT_NODE || type === Node.CDATA_SECTION_NODE;
  }

  /** @param {Record<string, string>} table */
  function closedBy(table) {
    /** @type {Map<string, Set<string>>} */
    const map = new Map();
    for (const [parents, children] of Object.entries(table)) {
      for (const parent of parents.split(" ")) {
        map.set(parent, new Set(children.split(" ")));
      }
    }
    return map;
  }

  /**
   * The getter of a property, out of reach of the page's names.
   * @template {object} Owner
   * @template {keyof Owner} Name
   * @param {Owner} prototype
   * @param {Name} name
   * @returns {(owner: Owner) => Owner[Name]}
   */
  function getter(prototype, name) {
    const get = Reflect.getOwnPropertyDescriptor(prototype, name)?.get;
    return /** @type {(owner: Owner) => Owner[Name]} */ (bound(get));
  }

  /**
   * A method, out of reach of the page's names.
   * @template {object} Owner
   * @template {keyof Owner} Name
   * @param {Owner} prototype
   * @param {Name} name
   * @returns {Unbound<Owner, Owner[Name]>}
   */
  function method(prototype, name) {
    return /** @type {Unbound<Owner, Owner[Name]>} */ (bound(Reflect.get(prototype, name)));
  }

  /**
   * @template Owner, Method
   * @typedef {Method extends (...given: infer Given) => infer Result
   *   ? (owner: Owner, ...given: Given) => Result : never} Unbound
   */

  /**
   * A function that takes as its first argument what it is called on.
   * @param {unknown} given
   * @returns {unknown}
   */
  function bound(given) {
    if (typeof given !== "function") {
      throw new TypeError("The browser lacks a member that the snapshot needs.");
    }
    return Function.prototype.call.bind(given);
  }
})();
