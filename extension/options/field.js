/** One setting as a field: its name, its control, what it does, and how keeping it went. */

import { part } from "./place-parts.js";
import { valueOf } from "./schema.js";

/** @import { Browser } from "../browser.js" */
/** @import { Field } from "./schema.js" */

/** @typedef {Pick<Browser, "text">} Texts */
/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control */

/** How long “saved” is shown, in milliseconds. */
const SAVED = 2500;

let count = 0;

/**
 * A label, a control and lines below it. It belongs to one setting, or to what is like one.
 */
export class FieldView {
  element = part("div", "field");
  #told = part("p", "told");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {string} label
   * @param {string} help
   * @param {Control} control
   */
  constructor(label, help, control) {
    const [name, lines] = [part("label", "", label), part("p", "help", help)];
    const id = `field-${++count}`;
    this.control = control;
    control.id = id;
    name.htmlFor = id;
    lines.id = `${id}-help`;
    this.#told.id = `${id}-told`;
    this.#told.setAttribute("role", "status");
    control.setAttribute("aria-describedby", `${lines.id} ${this.#told.id}`);
    if (control.getAttribute("role") === "switch") {
      this.element.classList.add("flag");
    }
    this.element.append(name, control, ...(help === "" ? [] : [lines]), this.#told);
  }

  /** @param {string} text */
  saved(text) {
    this.#tell(text, "saved");
    this.#timer = setTimeout(() => this.clear(), SAVED);
  }

  /** @param {string} text */
  failed(text) {
    this.#tell(text, "failed");
    this.control.setAttribute("aria-invalid", "true");
  }

  /** @param {string} text - It waits for another field. */
  waits(text) {
    this.#tell(text, "waits");
  }

  clear() {
    this.#tell("", "");
  }

  /**
   * @param {string} text
   * @param {string} state
   */
  #tell(text, state) {
    clearTimeout(this.#timer);
    this.control.removeAttribute("aria-invalid");
    this.#told.textContent = text;
    this.#told.dataset.state = state;
  }
}

/**
 * A setting of the schema.
 */
export class SettingView extends FieldView {
  /**
   * @param {Field} field
   * @param {string} scope - What kind of settings it belongs to: `feishu`, `images`.
   * @param {Texts} texts
   * @param {Record<string, string>} [titles] - Of its choices.
   */
  constructor(field, scope, texts, titles = {}) {
    super(
      labelOf(field, scope, texts),
      helpOf(field, scope, texts),
      controlOf(field, (choice) => titles[choice] ?? choiceOf(field.name, choice, scope, texts)),
    );
    this.field = field;
    this.element.dataset.setting = field.name;
  }

  /** What is written or chosen in it. */
  get text() {
    return this.control.value;
  }

  /** @returns {unknown} */
  get value() {
    const { control } = this;
    return this.field.kind === "flag"
      ? /** @type {HTMLInputElement} */ (control).checked
      : valueOf(this.field, control.value);
  }

  set value(value) {
    const { control, field } = this;
    const shown = value ?? field.initial ?? "";
    if (field.kind === "flag") {
      /** @type {HTMLInputElement} */ (control).checked = shown === true;
    } else {
      control.value = written(shown);
    }
  }
}

/**
 * A text or a number as it is written.
 * @param {unknown} value
 */
export function written(value) {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/**
 * @param {Field} field
 * @param {(choice: string) => string} title
 */
function controlOf({ kind, choices, initial }, title) {
  if (kind === "choice") {
    return select(choices.map((choice) => [choice, title(choice)]));
  }
  return kind === "flag" ? flag() : input(kind === "number" ? "decimal" : "text", initial);
}

/** @param {[value: string, text: string][]} choices */
export function select(choices) {
  const made = part("select", "control");
  made.append(...choices.map(([value, text]) => new Option(text, value)));
  return made;
}

export function flag() {
  const made = part("input", "");
  made.type = "checkbox";
  made.setAttribute("role", "switch");
  return made;
}

/**
 * @param {"text" | "decimal"} mode
 * @param {unknown} [initial] - Shown where nothing is written.
 */
export function input(mode, initial = null) {
  const made = part("input", "control");
  made.type = "text";
  made.inputMode = mode;
  made.autocomplete = "off";
  made.spellcheck = false;
  made.placeholder = written(initial);
  return made;
}

/**
 * What a setting is called: by the kind of settings it belongs to, by itself, or by its name alone.
 * @param {Field} field
 * @param {string} scope
 * @param {Texts} texts
 */
function labelOf({ name }, scope, { text }) {
  return text(`field_${scope}_${name}`) || text(`field_${name}`) || name.replaceAll("_", " ");
}

/**
 * @param {Field} field
 * @param {string} scope
 * @param {Texts} texts
 */
function helpOf({ name, description }, scope, { text }) {
  const known = text(`field_${scope}_${name}`) || text(`field_${name}`);
  // A setting of somebody else's backend is explained as its author did.
  return text(`help_${scope}_${name}`) || text(`help_${name}`) || (known ? "" : description);
}

/**
 * @param {string} name
 * @param {string} choice
 * @param {string} scope
 * @param {Texts} texts
 */
function choiceOf(name, choice, scope, { text }) {
  const key = choice === "" ? "none" : choice.replaceAll("-", "_");
  return text(`value_${scope}_${name}_${key}`) || text(`value_${name}_${key}`) || choice;
}
