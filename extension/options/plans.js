/** Plans: which backends get a note, with or without a summary, in which form. */

import { explain } from "../errors.js";
import { FieldView, flag, input, select } from "./field.js";
import { button, part } from "./place-parts.js";

/** @import { Browser } from "../browser.js" */
/** @import { PlanSettings, Table } from "../messages.js" */
/** @import { Store } from "./store.js" */

/**
 * @param {HTMLElement} box
 * @param {Store} store
 * @param {Pick<Browser, "text">} browser
 */
export function showPlans(box, store, browser) {
  const list = part("div", "cards");
  box.replaceChildren(list, addition(store, browser));
  store.follow(
    // What a card changes itself, it shows already.
    ({ plan, plans, backends }) => [plan, Object.keys(plans), Object.keys(backends)],
    () => {
      const cards = Object.entries(store.settings.plans).map(
        ([name, plan]) => new PlanCard(name, plan, store, browser).element,
      );
      list.replaceChildren(...cards);
    },
  );
}

class PlanCard {
  element = part("section", "card");
  #told = part("p", "told");

  /**
   * @param {string} name
   * @param {PlanSettings} plan
   * @param {Store} store
   * @param {Pick<Browser, "text">} browser
   */
  constructor(name, plan, store, browser) {
    this.name = name;
    this.plan = plan;
    this.store = store;
    this.text = browser.text;
    this.isDefault = store.settings.plan === name;
    this.#told.setAttribute("role", "status");
    this.element.dataset.plan = name;
    this.element.setAttribute("aria-label", name);
    this.element.append(
      this.#nameField(),
      this.#backends(),
      this.#summary(),
      this.#template(),
      this.#told,
      this.#actions(),
    );
  }

  #nameField() {
    const control = input("text");
    control.value = this.name;
    const view = new FieldView(this.text("plan_name"), this.text("name_help"), control);
    control.addEventListener("change", () => void this.#rename(view, control.value.trim()));
    return view.element;
  }

  #backends() {
    const group = part("fieldset", "field choices");
    group.append(part("legend", "", this.text("plan_backends")));
    for (const backend of Object.keys(this.store.settings.backends)) {
      const [label, box] = [part("label", "choice"), part("input", "")];
      box.type = "checkbox";
      box.value = backend;
      box.checked = this.plan.backends.includes(backend);
      box.addEventListener("change", () => void this.#choose(group));
      label.append(box, backend);
      group.append(label);
    }
    return group;
  }

  /** @param {HTMLElement} group */
  async #choose(group) {
    const boxes = [...group.querySelectorAll("input")];
    const backends = boxes.filter(({ checked }) => checked).map(({ value }) => value);
    if (backends.length === 0) {
      this.#tell(this.text("plan_needs_backend"), "failed");
      return;
    }
    await this.#keep({ backends });
  }

  #summary() {
    const control = flag();
    control.checked = this.plan.summary;
    control.addEventListener("change", () => void this.#keep({ summary: control.checked }));
    return new FieldView(this.text("plan_summary"), "", control).element;
  }

  #template() {
    const names = this.store.templates;
    const known = this.plan.template === "" || names.includes(this.plan.template);
    const control = select([
      ["", this.text("plan_template_all")],
      ...(known ? names : [...names, this.plan.template]).map(
        (name) => /** @type {[string, string]} */ ([name, this.text(`template_${name}`) || name]),
      ),
    ]);
    control.value = this.plan.template;
    control.addEventListener("change", () => void this.#keep({ template: control.value }));
    return new FieldView(this.text("plan_template"), "", control).element;
  }

  #actions() {
    const row = part("div", "row actions");
    const only = Object.keys(this.store.settings.plans).length === 1;
    const makeDefault = button(this.text("plan_make_default"), () => void this.#makeDefault());
    const remove = button(this.text("plan_remove"), () => void this.#remove());
    makeDefault.className = "button make-default";
    remove.className = "button danger remove";
    remove.setAttribute("aria-label", `${this.text("plan_remove")}: ${this.name}`);
    const mark = part("p", "badge", this.text("plan_default"));
    row.append(this.isDefault ? mark : makeDefault, ...(this.isDefault || only ? [] : [remove]));
    return row;
  }

  /** @param {Table} change */
  async #keep(change) {
    if (await this.#change({ plans: { [this.name]: change } })) {
      this.plan = { ...this.plan, ...change };
      this.#tell(this.text("options_saved"), "saved");
    }
  }

  /**
   * @param {FieldView} view
   * @param {string} name
   */
  async #rename(view, name) {
    if (name === this.name) {
      view.clear();
      return;
    }
    if (name in this.store.settings.plans) {
      view.failed(this.text("name_taken"));
      return;
    }
    const plans = { [this.name]: null, [name]: this.plan };
    // Those that name it go along.
    const rules = this.store.settings.rules.map((rule) =>
      rule.plan === this.name ? { ...rule, plan: name } : rule,
    );
    try {
      await this.store.change({ plans, rules, ...(this.isDefault ? { plan: name } : {}) });
    } catch (error) {
      view.failed(nameFault(error, this.text));
    }
  }

  async #makeDefault() {
    await this.#change({ plan: this.name });
  }

  async #remove() {
    await this.#change({ plans: { [this.name]: null } });
  }

  /** @param {Table} patch */
  async #change(patch) {
    try {
      await this.store.change(patch);
      return true;
    } catch (error) {
      const { message, hint } = explain(error, this.text);
      this.#tell(`${message} ${hint}`, "failed");
      return false;
    }
  }

  /**
   * @param {string} text
   * @param {string} state
   */
  #tell(text, state) {
    this.#told.textContent = text;
    this.#told.dataset.state = state;
  }
}

/**
 * The form that adds a plan; it begins with the backends of the default one.
 * @param {Store} store
 * @param {Pick<Browser, "text">} browser
 */
function addition(store, { text }) {
  const form = part("form", "add");
  const control = input("text");
  const view = new FieldView(text("plan_new"), text("name_help"), control);
  const add = part("button", "button primary", text("plan_add"));
  add.id = "add-plan";
  control.name = "plan";
  form.noValidate = true;
  form.append(view.element, add);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void addPlan(control, view, store, text);
  });
  return form;
}

/**
 * @param {HTMLInputElement} control
 * @param {FieldView} view
 * @param {Store} store
 * @param {Browser["text"]} text
 */
async function addPlan(control, view, store, text) {
  const [name, { plan, plans }] = [control.value.trim(), store.settings];
  if (name in plans) {
    view.failed(text("name_taken"));
    return;
  }
  try {
    await store.change({ plans: { [name]: { ...plans[plan] } } });
    control.value = "";
    view.saved(text("options_saved"));
  } catch (error) {
    view.failed(nameFault(error, text));
  }
}

/**
 * Why a name is not taken: a pattern is no word for people.
 * @param {unknown} error
 * @param {Browser["text"]} text
 */
export function nameFault(error, text) {
  const { code, message, hint } = explain(error, text);
  const isName = code === "settings-invalid" && message.includes("regex");
  return isName ? text("flaw_pattern") : `${message} ${hint}`.trim();
}
