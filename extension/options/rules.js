/** Rules by site: which plan, which form of notes, and whether with a summary; the first that fits counts. */

import { explain } from "../errors.js";
import { FieldView, input, select, written } from "./field.js";
import { button, part } from "./place-parts.js";

/** @import { Browser } from "../browser.js" */
/** @import { Table } from "../messages.js" */
/** @import { Store } from "./store.js" */

/** The choices of the summary, as their field has them. */
const SUMMARIES = new Map([
  ["", null],
  ["on", true],
  ["off", false],
]);

/**
 * @param {HTMLElement} box
 * @param {Store} store
 * @param {Pick<Browser, "text">} browser
 */
export function showRules(box, store, browser) {
  new RuleList(box, store, browser);
}

class RuleList {
  #list = part("ol", "cards rules");

  /**
   * @param {HTMLElement} box
   * @param {Store} store
   * @param {Pick<Browser, "text">} browser
   */
  constructor(box, store, { text }) {
    this.store = store;
    this.text = text;
    box.replaceChildren(this.#list, this.#addition());
    store.follow(
      // What a card changes itself, it shows already.
      ({ rules, plans }) => [rules.length, Object.keys(plans)],
      () => this.#draw(),
    );
  }

  #draw() {
    const { rules } = this.store.settings;
    this.#list.replaceChildren(...rules.map((_, at) => new RuleCard(at, this).element));
    this.#list.hidden = rules.length === 0;
  }

  /**
   * Change rule *at*; null takes it away.
   * @param {number} at
   * @param {Table | null} change
   */
  async change(at, change) {
    const { rules } = this.store.settings;
    const changed = change === null ? [] : [{ ...rules[at], ...change }];
    await this.#keep(rules.toSpliced(at, 1, ...changed));
  }

  /**
   * Let rule *at* and the one before it change places, and go on with the one that was moved.
   * @param {number} at
   * @param {-1 | 1} by
   */
  async move(at, by) {
    const rules = [...this.store.settings.rules];
    rules.splice(at + by, 0, ...rules.splice(at, 1));
    await this.#keep(rules);
    this.#draw();
    const [moved, way] = [this.#list.children[at + by], by < 0 ? ".up" : ".down"];
    /** @type {HTMLElement | null | undefined} */
    const next = moved?.querySelector(`${way}:enabled`) ?? moved?.querySelector("button:enabled");
    next?.focus();
  }

  /** @param {Table[]} rules */
  async #keep(rules) {
    await this.store.change({ rules: rules.map(said) });
  }

  /** The form that adds a rule, behind all others. */
  #addition() {
    const form = part("form", "add");
    const control = input("text");
    const view = new FieldView(this.text("rule_new"), this.text("rule_site_help"), control);
    const add = part("button", "button primary", this.text("rule_add"));
    add.id = "add-rule";
    form.noValidate = true;
    form.append(view.element, add);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#add(control, view);
    });
    return form;
  }

  /**
   * @param {HTMLInputElement} control
   * @param {FieldView} view
   */
  async #add(control, view) {
    try {
      await this.#keep([...this.store.settings.rules, { site: siteOf(control.value) }]);
      control.value = "";
      view.saved(this.text("options_saved"));
    } catch (error) {
      view.failed(this.fault(error));
    }
  }

  /**
   * Why a rule is not taken: a pattern is no word for people.
   * @param {unknown} error
   */
  fault(error) {
    const { code, message, hint } = explain(error, this.text);
    const isSite = code === "settings-invalid" && /`\$\.rules\[\d+\]\.site`/.test(message);
    return isSite ? this.text("rule_site_flaw") : `${message} ${hint}`.trim();
  }
}

class RuleCard {
  element = part("li", "card rule");

  /**
   * @param {number} at
   * @param {RuleList} list
   */
  constructor(at, list) {
    const { settings, templates } = list.store;
    const { site = "", plan = "", template = "", summary = null } = settings.rules[at] ?? {};
    const [names, text] = [Object.keys(settings.plans), list.text];
    this.at = at;
    this.list = list;
    this.element.dataset.rule = written(site);
    this.element.append(
      this.#site(written(site)),
      this.#choice("plan", text("rule_plan"), written(plan), [["", text("rule_plan_default")], ...named(names)]),
      this.#choice("template", text("plan_template"), written(template), [
        ["", text("rule_as_plan")],
        ...templates.map((name) => /** @type {[string, string]} */ ([name, text(`template_${name}`) || name])),
      ]),
      this.#choice("summary", text("rule_summary"), summary === null ? "" : summary === true ? "on" : "off", [
        ["", text("rule_as_plan")],
        ["on", text("rule_summary_on")],
        ["off", text("rule_summary_off")],
      ]),
      this.#actions(settings.rules.length),
    );
  }

  /** @param {string} site */
  #site(site) {
    const control = input("text");
    control.value = site;
    const view = new FieldView(this.list.text("rule_site"), "", control);
    control.addEventListener("change", () => {
      control.value = siteOf(control.value);
      void this.#keep(view, { site: control.value });
    });
    return this.#field("site", view);
  }

  /**
   * @param {string} name - Of what is chosen.
   * @param {string} label
   * @param {string} value
   * @param {[value: string, text: string][]} choices
   */
  #choice(name, label, value, choices) {
    const isKnown = choices.some(([choice]) => choice === value);
    const control = select(isKnown ? choices : [...choices, ...named([value])]);
    control.value = value;
    const view = new FieldView(label, "", control);
    control.addEventListener("change", () => {
      const chosen = name === "summary" ? SUMMARIES.get(control.value) : control.value;
      void this.#keep(view, { [name]: chosen });
    });
    return this.#field(name, view);
  }

  /**
   * @param {string} name
   * @param {FieldView} view
   */
  #field(name, { element }) {
    element.dataset.setting = name;
    return element;
  }

  /** @param {number} count */
  #actions(count) {
    const { at, list } = this;
    const { text } = list;
    const row = part("div", "row actions");
    const up = this.#action("up", text("rule_up"), () => list.move(at, -1));
    const down = this.#action("down", text("rule_down"), () => list.move(at, 1));
    const remove = this.#action("danger remove", text("rule_remove"), () => list.change(at, null));
    up.disabled = at === 0;
    down.disabled = at === count - 1;
    row.append(up, down, remove);
    return row;
  }

  /**
   * @param {string} className
   * @param {string} name
   * @param {() => Promise<void>} does
   */
  #action(className, name, does) {
    const made = button(name, () => void this.#do(does));
    made.className = `button ${className}`;
    made.setAttribute("aria-label", `${name}: ${this.element.dataset.rule ?? ""}`);
    return made;
  }

  /** @param {() => Promise<void>} does */
  async #do(does) {
    try {
      await does();
    } catch (error) {
      const told = part("p", "told", this.list.fault(error));
      told.dataset.state = "failed";
      told.setAttribute("role", "status");
      this.element.append(told);
    }
  }

  /**
   * @param {FieldView} view
   * @param {Table} change
   */
  async #keep(view, change) {
    try {
      await this.list.change(this.at, change);
      view.saved(this.list.text("options_saved"));
    } catch (error) {
      view.failed(this.list.fault(error));
    }
  }
}

/**
 * A site as a rule has it; of an address that was pasted, its host and path.
 * @param {string} text
 */
function siteOf(text) {
  const site = text.trim();
  if (!/^https?:\/\//i.test(site) || !URL.canParse(site)) {
    return site;
  }
  const { host, pathname } = new URL(site);
  return `${host}${pathname.replace(/\/+$/, "")}`;
}

/**
 * A rule as the file says it: what is as the plan has it is left out.
 * @param {Table} rule
 */
function said(rule) {
  return Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== "" && value !== null));
}

/**
 * @param {string[]} names
 * @returns {[value: string, text: string][]}
 */
function named(names) {
  return names.map((name) => [name, name]);
}
