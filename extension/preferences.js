/**
 * What the user chose of the extension itself: the language of its texts, and its theme.
 *
 * They lie in the extension's storage, whose answers a page cannot wait for before it is painted.
 * So pages have a copy in their own storage (`localStorage`), which `theme.js` reads too; what writes
 * the one writes the other. The worker has no such storage, and waits for `ready` where it matters.
 */

import { oneOf, record } from "./readers.js";
import { fetchTexts, hasTexts, textIn } from "./texts.js";

const KEY = "preferences";

export const LANGUAGES = /** @type {const} */ (["auto", "zh-CN", "en"]);
export const THEMES = /** @type {const} */ (["system", "light", "dark"]);

const read = record({ language: oneOf(...LANGUAGES), theme: oneOf(...THEMES) });

/** @typedef {ReturnType<typeof read>} Chosen */

/** @type {Chosen} */
const NOTHING_CHOSEN = Object.freeze({ language: "auto", theme: "system" });

/**
 * What of a page is needed here.
 * @typedef {object} Page
 * @property {Pick<Storage, "getItem" | "setItem">} copy
 * @property {() => void} copied - Tells the page itself that its copy is another.
 * @property {() => void} anew - Shows it once more, as its texts are in another language.
 */

/** @type {() => Page | null} */
const thisPage = () =>
  "document" in globalThis
    ? {
        copy: localStorage,
        // As the browser tells it to all pages but the one that has written.
        copied: () => void dispatchEvent(new Event("storage")),
        anew: () => location.reload(),
      }
    : null;

export class Preferences {
  /** @type {Chosen} */
  chosen = NOTHING_CHOSEN;
  /** @type {Promise<void>} */
  ready;
  /** @type {(() => void)[]} */
  #listeners = [];

  /**
   * @param {Pick<typeof chrome, "i18n" | "storage">} api
   * @param {Page | null} [page] - Null in the worker.
   */
  constructor(api, page = thisPage()) {
    this.api = api;
    this.page = page;
    if (page !== null) {
      const { copy } = page;
      this.chosen = chosenOf({ language: copy.getItem("language"), theme: copy.getItem("theme") });
    }
    this.ready = api.storage.local.get(KEY).then(async ({ [KEY]: value }) => {
      const before = this.chosen.language;
      await this.#take(value);
      if (before !== this.chosen.language) {
        page?.anew();
      }
    });
    api.storage.local.onChanged.addListener(({ [KEY]: change }) => {
      if (change !== undefined) {
        void this.#take(change.newValue).then(() => {
          this.#listeners.forEach((listener) => listener());
        });
      }
    });
  }

  /** The language of the extension's texts, for dates and numbers as the browser writes them in it. */
  get language() {
    const [texts, browsers] = [this.#texts, this.api.i18n.getUILanguage()];
    const isSame = this.chosen.language === "auto" && baseOf(browsers) === baseOf(texts);
    return isSame ? browsers : texts;
  }

  /**
   * A text in that language; "" when there is none for the key.
   * @param {string} key
   * @param {string[]} values
   */
  text(key, values) {
    // The background, in Firefox a page too, has no texts of its own before a language is chosen.
    return hasTexts(this.#texts)
      ? textIn(this.#texts, key, values)
      : this.api.i18n.getMessage(key, values);
  }

  /** The language that there are texts in. */
  get #texts() {
    const { language } = this.chosen;
    return language === "auto" ? this.api.i18n.getMessage("language_code") || "en" : language;
  }

  /** @param {Partial<Chosen>} change */
  async choose(change) {
    await this.#take({ ...this.chosen, ...change });
    await this.api.storage.local.set({ [KEY]: this.chosen });
  }

  /** @param {() => void} listener - Something else was chosen, on whichever page. */
  onChange(listener) {
    this.#listeners.push(listener);
  }

  /** @param {unknown} value */
  async #take(value) {
    const chosen = chosenOf(value);
    if (chosen.language !== "auto") {
      await fetchTexts(chosen.language);
    }
    this.chosen = chosen;
    if (this.page !== null) {
      this.page.copy.setItem("language", this.chosen.language);
      this.page.copy.setItem("theme", this.chosen.theme);
      this.page.copied();
    }
  }
}

/**
 * @param {unknown} value
 * @returns {Chosen} What was never chosen, or is not known here, is as the browser has it.
 */
function chosenOf(value) {
  try {
    return read(value, KEY);
  } catch {
    return NOTHING_CHOSEN;
  }
}

/** @param {string} language */
function baseOf(language) {
  return language.split("-", 1)[0];
}
