import assert from "node:assert/strict";
import { test } from "node:test";

import { Preferences } from "../../../extension/preferences.js";
import { textIn } from "../../../extension/texts.js";

/** @typedef {(changes: Record<string, {newValue?: unknown}>) => void} Listener */

/** A browser in English whose storage holds *kept*, and the storage of a page. */
class FakeStorage {
  /** @type {Map<string, string>} */
  page = new Map();
  /** @type {Listener[]} */
  listeners = [];
  reloads = 0;

  /**
   * @param {unknown} kept
   * @param {string} [language] - Of the browser.
   */
  constructor(kept, language = "en-GB") {
    this.kept = kept;
    this.language = language;
  }

  get api() {
    const local = {
      get: () => Promise.resolve({ preferences: this.kept }),
      /** @param {{preferences: unknown}} values */
      set: ({ preferences }) => {
        this.kept = preferences;
        this.listeners.forEach((listen) => listen({ preferences: { newValue: preferences } }));
        return Promise.resolve();
      },
      onChanged: { addListener: (/** @type {Listener} */ listen) => this.listeners.push(listen) },
    };
    const i18n = {
      getUILanguage: () => this.language,
      getMessage: (/** @type {string} */ key) =>
        key === "language_code" ? "en" : `browser's ${key}`,
    };
    return /** @type {ConstructorParameters<typeof Preferences>[0]} */ (
      /** @type {unknown} */ ({ i18n, storage: { local } })
    );
  }

  get copy() {
    return {
      getItem: (/** @type {string} */ key) => this.page.get(key) ?? null,
      setItem: (/** @type {string} */ key, /** @type {string} */ value) => {
        this.page.set(key, value);
      },
    };
  }

  inPage() {
    const anew = () => void (this.reloads += 1);
    return new Preferences(this.api, { copy: this.copy, copied: () => {}, anew });
  }

  inWorker() {
    return new Preferences(this.api, null);
  }
}

const CHINESE = { language: "zh-CN", theme: "dark" };

// First: what a page has imported, all tests after it have.
await test("a background without texts of its own takes the browser's, also where it is a page", () => {
  const storage = new FakeStorage(undefined);

  assert.equal(storage.inPage().text("form_archive", []), "browser's form_archive");
  assert.equal(storage.inWorker().text("form_archive", []), "browser's form_archive");
});
await import("../../../extension/page-texts.js");

test("without a choice texts are in the browser's language, and dates as it writes them", async () => {
  const preferences = new FakeStorage(undefined).inPage();
  await preferences.ready;

  assert.equal(preferences.language, "en-GB");
  assert.equal(preferences.text("form_archive", []), "Archive");
  assert.equal(preferences.text("no_such_text", []), "");
});

test("dates are in the language of the texts where the browser's own has none", () => {
  assert.equal(new FakeStorage(undefined, "fr").inPage().language, "en");
});

test("a chosen language is that of all texts, in the worker once it is read", async () => {
  const preferences = new FakeStorage(CHINESE).inWorker();
  await preferences.ready;

  assert.equal(preferences.language, "zh-CN");
  assert.equal(preferences.text("menu_archive_page", []), "归档此页");
});

test("a page knows the choice before the browser's storage answers", async () => {
  const storage = new FakeStorage(CHINESE);
  await storage.inPage().ready;

  assert.deepEqual(storage.inPage().chosen, CHINESE);
  assert.deepEqual(Object.fromEntries(storage.page), CHINESE);
});

test("a page whose copy is gone is shown once more in the chosen language", async () => {
  const storage = new FakeStorage(CHINESE);
  await storage.inPage().ready;
  await storage.inPage().ready;

  assert.equal(storage.reloads, 1);
});

test("what is chosen on one page is heard by the others", async () => {
  const storage = new FakeStorage(undefined);
  const [page, worker] = [storage.inPage(), storage.inWorker()];
  await Promise.all([page.ready, worker.ready]);
  let heard = 0;
  worker.onChange(() => (heard += 1));

  await page.choose({ language: "zh-CN" });

  assert.equal(heard, 1);
  assert.equal(worker.language, "zh-CN");
  assert.equal(page.chosen.theme, "system");
});

test("what was kept by another version and is not known counts as no choice", async () => {
  const preferences = new FakeStorage({ language: "xx", theme: 3 }).inPage();
  await preferences.ready;

  assert.deepEqual(preferences.chosen, { language: "auto", theme: "system" });
});

test("values stand where the text says", () => {
  assert.equal(textIn("en", "unsettled_title", ["2"]), "Unfinished: 2");
  assert.equal(textIn("zh-CN", "choice_checked", ["$1 $TOLD$"]), "✓ $1 $TOLD$");
  assert.equal(textIn("en", "toString", []), "");
});
