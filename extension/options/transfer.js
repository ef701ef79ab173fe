/** Settings as a file, out and in; keys and tokens are no part of them. */

import { explain } from "../errors.js";
import { anything, dictionary, oneOf, readJson, record } from "../readers.js";
import { problem, part } from "./place-parts.js";
import { patchTo } from "./schema.js";

/** @import { Browser } from "../browser.js" */
/** @import { Table } from "../messages.js" */
/** @import { Store } from "./store.js" */

/** What such a file says of itself. */
const FORMAT = "guidang-settings-1";
const NAME = "guidang-settings.json";
const readFile = record({ format: oneOf(FORMAT), settings: dictionary(anything) });

/**
 * @param {{out: HTMLButtonElement, in: HTMLButtonElement, file: HTMLInputElement,
 *   told: HTMLElement}} elements
 * @param {Store} store
 * @param {Pick<Browser, "text">} browser
 * @param {() => void} anew - Shows what holds then.
 */
export function offerTransfer(elements, store, { text }, anew) {
  const { file, told } = elements;
  elements.out.onclick = () =>
    download(new Blob([exported(store.settings)], { type: "application/json" }));
  elements.in.onclick = () => file.click();
  file.onchange = () => {
    void take().catch((/** @type {unknown} */ error) => {
      told.replaceChildren(problem(explain(error, text), null));
    });
  };

  async function take() {
    const [chosen] = file.files ?? [];
    const settings = chosen === undefined ? null : imported(await chosen.text());
    file.value = "";
    if (settings === null) {
      told.replaceChildren(part("p", "told-failed", text("transfer_not_ours")));
      return;
    }
    await store.change(patchTo(store.settings, settings));
    anew();
  }
}

/** @param {Table} settings */
export function exported(settings) {
  return `${JSON.stringify({ format: FORMAT, settings }, null, 2)}\n`;
}

/**
 * The settings of such a file; null when it is none.
 * @param {string} text
 * @returns {Table | null}
 */
export function imported(text) {
  try {
    return readJson(readFile, text, NAME).settings;
  } catch {
    return null;
  }
}

/** @param {Blob} content */
function download(content) {
  const link = part("a", "");
  link.href = URL.createObjectURL(content);
  link.download = NAME;
  link.click();
  // Its address is not taken back: the browser may read it later, and the page is soon gone.
}
