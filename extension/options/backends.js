/** Backends: a form for each, made of its kind's schema; added by kind, checked, removed. */

import { explain } from "../errors.js";
import { FieldSet } from "./field-set.js";
import { FieldView, input, select, written } from "./field.js";
import { button, part, problem } from "./place-parts.js";
import { nameFault } from "./plans.js";
import { fieldsOf } from "./schema.js";
import { SecretView } from "./secret.js";

/** @import { Browser } from "../browser.js" */
/** @import { Daemon } from "../daemon.js" */
/** @import { Table } from "../messages.js" */
/** @import { Field } from "./schema.js" */
/** @import { Keychain } from "./secret.js" */
/** @import { Store } from "./store.js" */

/** @typedef {Keychain & Pick<Daemon, "check">} Backends */

/** Settings that most people leave as they are. */
const RARE = new Set(["branch", "create_branch", "capture", "message", "author", "client_id", "api"]);

export class BackendList {
  #cards = part("div", "cards");
  /** @type {Map<string, BackendCard>} */
  #shown = new Map();

  /**
   * @param {HTMLElement} box
   * @param {Store} store
   * @param {Backends} daemon
   * @param {Pick<Browser, "text">} browser
   */
  constructor(box, store, daemon, browser) {
    this.store = store;
    this.daemon = daemon;
    this.browser = browser;
    box.replaceChildren(this.#cards, this.#addition());
    store.follow(({ backends }) => Object.keys(backends), () => this.#draw());
    store.follow(({ plans }) => plans, () => this.#shown.forEach((card) => card.showUse()));
  }

  /** Cards that are there stay, with what is open and written in them. */
  #draw() {
    const backends = this.store.settings.backends;
    for (const [name, card] of this.#shown) {
      if (!(name in backends) && !card.isNew) {
        this.#forget(name);
      }
    }
    for (const [name, table] of Object.entries(backends)) {
      if (!this.#shown.has(name)) {
        this.#show(name, table, false);
      }
    }
  }

  /**
   * @param {string} name
   * @param {Table} table
   * @param {boolean} isNew
   */
  #show(name, table, isNew) {
    const card = new BackendCard(name, table, isNew, this.store, this.daemon, this.browser);
    card.dropped = () => this.#forget(name);
    this.#shown.set(name, card);
    this.#cards.append(card.element);
    return card;
  }

  /** @param {string} name */
  #forget(name) {
    this.#shown.get(name)?.element.remove();
    this.#shown.delete(name);
  }

  #addition() {
    const { text } = this.browser;
    const form = part("form", "add");
    const kinds = Object.keys(this.store.schemas.backends);
    const kind = select(kinds.map((each) => [each, text(`kind_${each}`) || each]));
    const name = input("text");
    kind.name = "kind";
    name.name = "name";
    const named = new FieldView(text("backend_name"), text("name_help"), name);
    const add = part("button", "button primary", text("backend_add"));
    add.id = "add-backend";
    form.noValidate = true;
    form.append(new FieldView(text("backend_kind"), "", kind).element, named.element, add);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#add(kind.value, name, named);
    });
    return form;
  }

  /**
   * @param {string} kind
   * @param {HTMLInputElement} name
   * @param {FieldView} view
   */
  async #add(kind, name, view) {
    const { text } = this.browser;
    const wished = name.value.trim() || kind;
    if (this.#shown.has(wished)) {
      view.failed(text("name_taken"));
      return;
    }
    const schema = this.store.schemas.backends[kind];
    const needs = schema === undefined ? [] : fieldsOf(schema).filter(({ required }) => required);
    if (needs.length > 0) {
      // It is kept as soon as what it cannot do without is there.
      this.#show(wished, { kind }, true).open();
    } else {
      try {
        await this.store.change({ backends: { [wished]: { kind } } });
        this.#shown.get(wished)?.open();
      } catch (error) {
        view.failed(nameFault(error, text));
        return;
      }
    }
    name.value = "";
    view.clear();
  }
}

class BackendCard {
  element = part("details", "card backend-card");
  #use = part("p", "help");
  #result = part("div", "result");
  #remove;
  /** Takes the card away, when it was never kept. */
  dropped = () => {};

  /**
   * @param {string} name
   * @param {Table} table
   * @param {boolean} isNew - The settings do not have it yet.
   * @param {Store} store
   * @param {Backends} daemon
   * @param {Pick<Browser, "text">} browser
   */
  constructor(name, table, isNew, store, daemon, browser) {
    this.name = name;
    this.isNew = isNew;
    this.store = store;
    this.daemon = daemon;
    this.text = browser.text;
    this.kind = written(table.kind) || name;
    this.element.dataset.backend = name;
    this.#result.setAttribute("role", "status");
    this.#remove = button(this.text("backend_remove"), () => void this.#removed());
    this.#remove.className = "button danger remove";
    this.#remove.setAttribute("aria-label", `${this.text("backend_remove")}: ${name}`);
    const schema = store.schemas.backends[this.kind];
    this.fields = schema === undefined ? [] : fieldsOf(schema);
    this.set = new FieldSet(this.fields, this.kind, browser, {
      values: table,
      unsaved: isNew ? { kind: this.kind } : {},
      save: (changes) => this.#save(changes),
    });
    this.element.append(this.#heading(), ...this.#form(browser), this.#result, this.#actions());
    store.follow(
      ({ backends }) => backends[name] ?? {},
      () => this.set.refresh(store.settings.backends[name] ?? {}),
    );
    this.showUse();
  }

  open() {
    this.element.open = true;
    this.element.scrollIntoView({ block: "nearest" });
    this.element.querySelector("input")?.focus();
  }

  /** Say which plans store notes there: while there are any, it cannot be removed. */
  showUse() {
    const plans = Object.entries(this.store.settings.plans)
      .filter(([, { backends }]) => backends.includes(this.name))
      .map(([name]) => name);
    const key = this.isNew ? "backend_new" : plans.length > 0 ? "backend_used" : "backend_unused";
    this.#use.textContent = this.text(key, [plans.join(", ")]);
    this.#remove.disabled = plans.length > 0;
  }

  #heading() {
    const heading = part("summary", "card-head");
    heading.append(
      part("span", "card-name", this.name),
      part("span", "badge", this.text(`kind_${this.kind}`) || this.kind),
    );
    return heading;
  }

  /** @param {Pick<Browser, "text">} browser */
  #form(browser) {
    const names = this.fields.map(({ name }) => name);
    const secrets = this.fields.filter(({ kind }) => kind === "secret");
    const isRare = (/** @type {string} */ name) =>
      RARE.has(name) || secrets.some((field) => field.name === name);
    const rare = this.set.elements(names.filter(isRare));
    const more = part("details", "more");
    more.append(part("summary", "", this.text("options_more")), ...rare);
    return [
      this.#use,
      ...this.set.elements(names.filter((name) => !isRare(name))),
      ...secrets.map((field) => this.#secret(field, browser)),
      ...(rare.length > 0 ? [more] : []),
    ];
  }

  /**
   * @param {Field} field
   * @param {Pick<Browser, "text">} browser
   */
  #secret(field, browser) {
    const [label, help] = [`secret_${this.kind}`, `secret_${this.kind}_help`];
    const name = this.set.views.get(field.name);
    const view = new SecretView(
      this.text(label) || this.text("secret_other"),
      this.text(help),
      () => name?.text || this.name,
      this.daemon,
      browser,
    );
    name?.control.addEventListener("change", () => void view.look());
    return view.element;
  }

  #actions() {
    const row = part("div", "row actions");
    const check = button(this.text("backend_check"), () => void this.#check(check));
    check.className = "button check";
    check.setAttribute("aria-label", `${this.text("backend_check")}: ${this.name}`);
    row.append(check, this.#remove);
    return row;
  }

  /** @param {HTMLButtonElement} check */
  async #check(check) {
    if (this.isNew) {
      this.#tell(part("p", "", this.text("backend_new")));
      return;
    }
    check.disabled = true;
    this.#tell(part("p", "working", this.text("backend_checking")));
    try {
      this.#tell(part("p", "good", `✓ ${await this.daemon.check(this.name)}`));
    } catch (error) {
      this.#tell(problem(explain(error, this.text), null));
    } finally {
      check.disabled = false;
    }
  }

  /** @param {HTMLElement} told */
  #tell(told) {
    this.#result.replaceChildren(told);
  }

  /** @param {Table} changes */
  async #save(changes) {
    await this.store.change({ backends: { [this.name]: changes } });
    if (this.isNew) {
      this.isNew = false;
      this.showUse();
    }
    this.#result.replaceChildren();
  }

  async #removed() {
    if (this.isNew) {
      this.dropped();
      return;
    }
    try {
      await this.store.change({ backends: { [this.name]: null } });
    } catch (error) {
      this.#tell(problem(explain(error, this.text), null));
    }
  }
}
