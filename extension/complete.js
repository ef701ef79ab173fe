/**
 * The images that the scripts of a page may not read, from its complete capture: those of other sites,
 * behind logins too, and those whose address means nothing any more.
 *
 * It is read here, not in the daemon: it has the whole page once more with all its frames, of which
 * the missing images are what is wanted.
 */

/** @import { Browser } from "./browser.js" */
/** @import { CapturedImage, UnreadImage } from "./messages.js" */

/**
 * Chromium 156 removes the file behind the first one of a session before it can be read, in 17 of 36
 * cases; the second could be read each time.
 */
const TRIES = 3;
/** Milliseconds; Chromium took 0.6 s for a page with 45 MB of images. */
const TIME = 10_000;
/** Bytes of the complete capture, and of the images that are taken from it. */
const LARGEST = 200_000_000;
const LARGEST_IMAGES = 50_000_000;

/** Chromium puts it between parts; it is made anew for each capture, so no page can know it. */
const BOUNDARY = /^Content-Type: multipart\/related;[^]*?\bboundary="([^"\r\n]+)"/im;
/** Whatever its server called it: Chromium writes what it has recognised. */
const IMAGE = /^Content-Type: image\//im;
const LOCATION = /^Content-Location: (.+)$/im;
const ENCODING = /^Content-Transfer-Encoding: (.+)$/im;

/**
 * The bytes of *unread* images, as far as the user allows it. What cannot be had is left to the daemon,
 * whatever the reason: it tells what a note lacks.
 * @param {Pick<Browser["complete"], "isThere" | "isAllowed" | "take">} complete
 * @param {number} tab
 * @param {UnreadImage[]} unread
 * @param {number} [time] - Milliseconds.
 * @returns {Promise<CapturedImage[]>}
 */
export async function imagesOf(complete, tab, unread, time = TIME) {
  try {
    if (unread.length === 0 || !complete.isThere() || !(await complete.isAllowed())) {
      return [];
    }
    return imagesIn(await within(time, textOf(complete, tab)), unread);
  } catch (error) {
    console.error(error);
    return [];
  }
}

/**
 * The complete capture as MHTML, "" where there is none or it is too large.
 * @param {Pick<Browser["complete"], "take">} complete
 * @param {number} tab
 */
async function textOf(complete, tab) {
  for (let attempt = 1; ; attempt++) {
    try {
      const mhtml = await complete.take(tab);
      return mhtml === undefined || mhtml.size > LARGEST ? "" : await mhtml.text();
    } catch (error) {
      const isGone = error instanceof DOMException && error.name === "NotFoundError";
      if (attempt === TRIES || !isGone) {
        throw error;
      }
    }
  }
}

/**
 * Those of the *unread* images that an MHTML text holds.
 * @param {string} mhtml - As Chromium writes it: lines end with CR and LF, no header of a part is folded.
 * @param {UnreadImage[]} unread
 * @param {number} [largest] - Bytes of all images together.
 * @returns {CapturedImage[]}
 */
export function imagesIn(mhtml, unread, largest = LARGEST_IMAGES) {
  const urls = new Map(unread.map(({ name, url }) => [name, url]));
  /** @type {Map<string, string>} */
  const found = new Map();
  let left = largest;
  for (const { head, start, end } of partsOf(mhtml)) {
    const name = LOCATION.exec(head)?.[1];
    const url = name !== undefined && IMAGE.test(head) ? urls.get(name) : undefined;
    if (url === undefined || found.has(url)) {
      continue;
    }
    const data = base64Of(mhtml.slice(start, end), ENCODING.exec(head)?.[1] ?? "");
    const size = (data.length / 4) * 3;
    if (size > 0 && size <= left) {
      left -= size;
      found.set(url, data);
    }
  }
  return [...found].map(([url, data]) => ({ url, data }));
}

/**
 * The parts of an MHTML text: the head of each, and where its body is.
 * @param {string} mhtml
 */
function* partsOf(mhtml) {
  const boundary = BOUNDARY.exec(mhtml.slice(0, mhtml.indexOf("\r\n\r\n")))?.[1];
  if (boundary === undefined) {
    return;
  }
  const line = `\r\n--${boundary}`;
  let begin = mhtml.indexOf(line);
  for (;;) {
    const end = mhtml.indexOf(line, begin + line.length);
    const start = mhtml.indexOf("\r\n\r\n", begin) + 4;
    if (begin < 0 || end < 0) {
      return;
    }
    if (start > 3 && start <= end) {
      yield { head: mhtml.slice(begin + line.length, start), start, end };
    }
    begin = end;
  }
}

/**
 * A body as Base64 without line breaks, "" where it is broken. Chromium writes text, SVG too, as
 * quoted-printable (RFC 2045, section 6.7), all else as Base64.
 * @param {string} body
 * @param {string} encoding
 */
function base64Of(body, encoding) {
  try {
    switch (encoding) {
      case "base64":
        return btoa(atob(body));
      case "quoted-printable":
        return btoa(fromQuotedPrintable(body));
      default:
        return "";
    }
  } catch {
    return ""; // a character that is not of the encoding
  }
}

/** @param {string} body */
function fromQuotedPrintable(body) {
  return body
    .replace(/=\r\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_, /** @type {string} */ code) =>
      String.fromCharCode(parseInt(code, 16)),
    );
}

/**
 * @template T
 * @param {number} time - Milliseconds.
 * @param {Promise<T>} promise
 */
async function within(time, promise) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {Promise<never>} */
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("The complete capture took too long.")), time);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
