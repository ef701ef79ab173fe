/** What the form and the options do with their documents. */

import "./page-texts.js";

/** @import { Browser } from "./browser.js" */

/**
 * Write the texts that the document asks for by `data-text`, and the names by `data-label`.
 * @param {Pick<Browser, "text">} browser
 */
export function localize(browser) {
  // Not the browser's language: of some there are no texts here.
  document.documentElement.lang = browser.text("language_code");
  for (const labelled of document.querySelectorAll("[data-text]")) {
    labelled.textContent = browser.text(labelled.getAttribute("data-text") ?? "");
  }
  for (const named of document.querySelectorAll("[data-label]")) {
    named.setAttribute("aria-label", browser.text(named.getAttribute("data-label") ?? ""));
  }
}

/**
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function element(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) {
    throw new TypeError(`The document has no ${kind.name} #${id}.`);
  }
  return found;
}
