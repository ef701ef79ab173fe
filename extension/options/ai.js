/** Who writes summaries, how, and for how much; and a try on a sample text. */

import { explain } from "../errors.js";
import { FieldSet } from "./field-set.js";
import { FieldView, select, written } from "./field.js";
import { part, problem } from "./place-parts.js";
import { fieldsOf } from "./schema.js";
import { SecretView } from "./secret.js";

/** @import { Browser } from "../browser.js" */
/** @import { Settings, Table } from "../messages.js" */
/** @import { Field } from "./schema.js" */
/** @import { Keychain } from "./secret.js" */
/** @import { Store } from "./store.js" */

/** The settings in their order, by what they are about; all others come with `more`. */
const GROUPS = {
  first: ["service", "model"],
  form: ["length", "form", "language", "prompt", "most_tags", "sentences", "tags"],
  cost: [
    "note_tokens",
    "day_tokens",
    "input_price",
    "output_price",
    "note_cost",
    "day_cost",
  ],
};
/** What is said of one service alone: another one has its own. */
const OF_SERVICE = ["api", "auth", "key", "model", "window"];

/**
 * @param {HTMLElement} box
 * @param {Store} store
 * @param {Keychain} keychain
 * @param {Pick<Browser, "text">} browser
 */
export function showAi(box, store, keychain, browser) {
  const { text } = browser;
  const kinds = Object.keys(store.schemas.summarizers);
  const kind = select(kinds.map((each) => [each, text(`summarizer_${each}`) || each]));
  const view = new FieldView(text("ai_kind"), text("ai_kind_help"), kind);
  const form = part("div", "fields");
  kind.id = "summarizer-kind";
  view.element.querySelector("label")?.setAttribute("for", kind.id);
  box.replaceChildren(view.element, form, late(store, browser));
  kind.addEventListener("change", () => void choose(kind.value, view, store, text));
  store.follow(
    kindOf,
    () => {
      kind.value = kindOf(store.settings);
      form.replaceChildren(...new AiForm(kind.value, store, keychain, browser).elements);
    },
  );
}

/** @param {Settings} settings */
function kindOf({ summarizer }) {
  return written(summarizer.kind) || "extract";
}

/**
 * Another kind begins without what was said of the one before.
 * @param {string} kind
 * @param {FieldView} view
 * @param {Store} store
 * @param {Browser["text"]} text
 */
async function choose(kind, view, store, text) {
  const gone = Object.keys(store.settings.summarizer).map((name) => [name, null]);
  try {
    await store.change({ summarizer: { .../** @type {Table} */ (Object.fromEntries(gone)), kind } });
    view.saved(text("options_saved"));
  } catch (error) {
    view.failed(explain(error, text).message);
  }
}

/**
 * @param {Store} store
 * @param {Pick<Browser, "text">} browser
 */
function late(store, browser) {
  const fields = fieldsOf(store.schemas.settings).filter(({ name }) => name === "late_summaries");
  const set = new FieldSet(fields, "settings", browser, {
    values: store.settings,
    save: (changes) => store.change(changes),
  });
  const [element = part("div", "")] = set.elements(["late_summaries"]);
  return element;
}

class AiForm {
  /** @type {HTMLElement[]} */
  elements;

  /**
   * @param {string} kind
   * @param {Store} store
   * @param {Keychain} keychain
   * @param {Pick<Browser, "text">} browser
   */
  constructor(kind, store, keychain, browser) {
    this.text = browser.text;
    this.store = store;
    const schema = store.schemas.summarizers[kind];
    const fields = schema === undefined ? [] : fieldsOf(schema);
    this.services =
      schema?.$defs[schema.$ref.split("/").at(-1) ?? ""]?.properties.service?.services ?? {};
    this.set = new FieldSet(fields, kind, browser, {
      values: store.settings.summarizer,
      save: (changes) => store.change({ summarizer: { kind, ...changes } }),
      titles: {
        service: Object.fromEntries(
          Object.entries(this.services).map(([name, { title }]) => [name, title]),
        ),
      },
    });
    this.#followService();
    this.elements = this.#grouped(fields, keychain, browser);
  }

  /** Where nothing is written, a field shows what the service has. */
  #followService() {
    const service = this.set.views.get("service");
    service?.control.addEventListener(
      "change",
      () => {
        OF_SERVICE.forEach((name) => this.set.put(name, null));
        this.#showDefaults();
      },
      // Before the service itself is kept: what was said of the one before goes with it.
      { capture: true },
    );
    this.#showDefaults();
  }

  #showDefaults() {
    const preset = this.services[this.set.views.get("service")?.text ?? ""];
    for (const name of /** @type {const} */ (["api", "model", "window"])) {
      const control = this.set.views.get(name)?.control;
      if (control instanceof HTMLInputElement) {
        control.placeholder = String(preset?.[name] ?? "");
      }
    }
  }

  /**
   * @param {Field[]} fields
   * @param {Keychain} keychain
   * @param {Pick<Browser, "text">} browser
   */
  #grouped(fields, keychain, browser) {
    const known = Object.values(GROUPS).flat();
    const more = fields.map(({ name }) => name).filter((name) => !known.includes(name));
    const key = fields.find(({ kind }) => kind === "secret");
    return [
      ...this.set.elements(GROUPS.first),
      ...(key === undefined ? [] : [this.#key(key, keychain, browser)]),
      ...this.set.elements(GROUPS.form),
      ...this.#folded("ai_cost", this.set.elements(GROUPS.cost)),
      ...this.#folded("options_more", this.set.elements(more)),
    ];
  }

  /**
   * @param {"ai_cost" | "options_more"} title
   * @param {HTMLElement[]} elements
   */
  #folded(title, elements) {
    const box = part("details", "more");
    box.append(part("summary", "", this.text(title)), ...elements);
    return elements.length > 0 ? [box] : [];
  }

  /**
   * @param {Field} field
   * @param {Keychain} keychain
   * @param {Pick<Browser, "text">} browser
   */
  #key(field, keychain, browser) {
    const [name, service] = [this.set.views.get(field.name), this.set.views.get("service")];
    const view = new SecretView(
      this.text("ai_key"),
      this.text("ai_key_help"),
      () => name?.text || (service?.text ?? ""),
      keychain,
      browser,
    );
    for (const control of [name?.control, service?.control]) {
      control?.addEventListener("change", () => void view.look());
    }
    return view.element;
  }
}

/**
 * What a try told: its errors in a box.
 * @param {unknown} error
 * @param {Browser["text"]} text
 */
export function refusalOf(error, text) {
  return problem(explain(error, text), null);
}
