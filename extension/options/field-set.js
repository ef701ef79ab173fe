/**
 * Fields that are kept together, each at once when it was changed.
 *
 * What the daemon does not take stays in its field with the reason, and goes out once more with the
 * next change: where one setting needs another, both are kept when both are there.
 */

import { explain } from "../errors.js";
import { SettingView } from "./field.js";
import { flawOf, namedIn, reasonIn } from "./schema.js";

/** @import { Table } from "../messages.js" */
/** @import { Field } from "./schema.js" */
/** @import { Texts } from "./field.js" */

/**
 * @typedef {object} Kept
 * @property {Table} values - What holds.
 * @property {(changes: Table) => Promise<void>} save - Throws what the daemon refused.
 * @property {Table} [unsaved] - What was never kept, because something is missing.
 * @property {Record<string, Record<string, string>>} [titles] - Of the choices, by setting.
 */

export class FieldSet {
  /** @type {Map<string, SettingView>} */
  views = new Map();
  /** @type {Table} */
  #unsaved;

  /**
   * @param {Field[]} fields
   * @param {string} scope
   * @param {Texts} texts
   * @param {Kept} kept
   */
  constructor(fields, scope, texts, { values, save, unsaved = {}, titles = {} }) {
    this.texts = texts;
    this.save = save;
    this.#unsaved = unsaved;
    for (const field of fields) {
      const view = new SettingView(field, scope, texts, titles[field.name]);
      view.value = values[field.name];
      view.control.addEventListener("change", () => void this.keep(field.name));
      this.views.set(field.name, view);
    }
  }

  /**
   * The elements of these settings, in this order; one that is not there is left out.
   * @param {string[]} names
   */
  elements(names) {
    return names.flatMap((name) => this.views.get(name)?.element ?? []);
  }

  /**
   * Show what holds now, but for what is being written or could not be kept.
   * @param {Table} values
   */
  refresh(values) {
    for (const [name, view] of this.views) {
      if (!(name in this.#unsaved) && view.control !== document.activeElement) {
        view.value = values[name];
      }
    }
  }

  /**
   * Show a value that nobody typed, and have it kept with the next change.
   * @param {string} name
   * @param {unknown} value
   */
  put(name, value) {
    const view = this.views.get(name);
    if (view !== undefined) {
      view.value = value;
      this.#unsaved[name] = value;
    }
  }

  /**
   * Keep what a field holds now, and all that could not be kept before.
   * @param {string} name
   */
  async keep(name) {
    const view = this.views.get(name);
    if (view === undefined) {
      return;
    }
    this.#unsaved[name] = view.value;
    if (!this.#isFlawed(view)) {
      await this.#send(view);
    }
  }

  /** @param {SettingView} view */
  #isFlawed(view) {
    const flaw = flawOf(view.field, view.value);
    if (flaw !== null) {
      view.failed(this.texts.text(flaw.key, flaw.values));
    }
    return flaw !== null;
  }

  /** @param {SettingView} view */
  async #send(view) {
    const sent = { ...this.#unsaved };
    try {
      await this.save(sent);
    } catch (error) {
      this.#refused(view, error);
      return;
    }
    for (const [name, value] of Object.entries(sent)) {
      if (this.#unsaved[name] === value) {
        this.#unsaved = without(this.#unsaved, name);
      }
      this.views.get(name)?.clear();
    }
    view.saved(this.texts.text("options_saved"));
  }

  /**
   * @param {SettingView} view
   * @param {unknown} error
   */
  #refused(view, error) {
    const { code, message, hint } = explain(error, this.texts.text);
    const named = this.views.get(namedIn(message, [...this.views.keys()]) ?? "") ?? view;
    if (named !== view) {
      view.waits(this.texts.text("options_waits"));
    }
    // Of what is not valid, the field says which it is; what is left is the reason.
    const isInvalid = code === "settings-invalid";
    named.failed(isInvalid ? reasonIn(message) : `${message} ${hint}`.trim());
  }
}

/**
 * @param {Table} table
 * @param {string} name
 */
function without(table, name) {
  return Object.fromEntries(Object.entries(table).filter(([each]) => each !== name));
}
