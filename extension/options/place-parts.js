/** What the lines of backends and the list of places are made of. Text is text, never HTML. */

/** @import { Browser } from "../browser.js" */
/** @import { Destination, ErrorInfo } from "../messages.js" */

const SVG = "http://www.w3.org/2000/svg";

/** What a kind of place looks like, in 16 by 16; all others are a point on a map. */
const DRAWINGS = new Map([
  ["folder", "M1.75 12.25v-8.5a1 1 0 0 1 1-1h3l1.5 2h6a1 1 0 0 1 1 1v6.5a1 1 0 0 1-1 1H2.75a1 1 0 0 1-1-1Z"],
  ["wiki", "M8 4.2C6.5 3 4.5 2.75 2 2.75v9.5c2.5 0 4.5.25 6 1.45 1.5-1.2 3.5-1.45 6-1.45v-9.5c-2.5 0-4.5.25-6 1.45Zm0 0v9.5"],
  ["node", "M3.75 14.25V1.75h5.5l3 3v9.5Zm5-12.5v3.5h3.5M6 8.5h4M6 11h4"],
  ["root", "M2 7.5 8 2.25l6 5.25M3.75 6.25v7.5h8.5v-7.5"],
]);
const POINT = "M8 14.25C5 11 3.5 8.6 3.5 6.5a4.5 4.5 0 0 1 9 0c0 2.1-1.5 4.5-4.5 7.75Zm0-6.25a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3Z";

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} className
 * @param {string} [text]
 */
export function part(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/**
 * @param {string} text
 * @param {() => void} does
 */
export function button(text, does) {
  const made = part("button", "button", text);
  made.type = "button";
  made.addEventListener("click", does);
  return made;
}

/**
 * An error in its box: what happened, what to do, and what does it.
 * @param {ErrorInfo} error
 * @param {HTMLButtonElement | null} retry
 * @param {string} [heading]
 */
export function problem({ message, hint }, retry, heading = "") {
  const box = part("div", "error");
  const lines = [part("p", "message", heading), part("p", "message", message), part("p", "", hint)];
  box.append(...lines.filter(({ textContent }) => textContent !== ""), ...(retry ? [retry] : []));
  return box;
}

/** @param {string} kind - Of a place. */
export function icon(kind) {
  const drawing = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", DRAWINGS.get(kind) ?? POINT);
  drawing.setAttribute("viewBox", "0 0 16 16");
  drawing.setAttribute("aria-hidden", "true");
  drawing.append(path);
  return drawing;
}

/**
 * What a place is called: where its service tells no name, by its token, and the top by what it is.
 * @param {Destination} place
 * @param {Pick<Browser, "text">} browser
 */
export function nameOf(place, browser) {
  return place.name || place.token || kindOf(place, browser);
}

/**
 * @param {Destination} place
 * @param {Pick<Browser, "text">} browser
 */
export function kindOf({ kind }, browser) {
  return browser.text(`place_${kind}`) || kind;
}
