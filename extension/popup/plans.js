/** The choice of a plan: one segment each, with a sign of where its notes go. */

import { element } from "../elements.js";
import { part } from "./delivery.js";

/** @import { Browser } from "../browser.js" */
/** @import { FormState, Plan } from "../messages.js" */

const SIGNS = new Map([
  ["local", "💾"],
  ["github", "🐙"],
  ["feishu", "🚀"],
]);
const SEVERAL = "🔄";
const OTHER = "📁";

export class PlanChoice {
  #group = element("plans", HTMLFieldSetElement);
  #list = element("plan-list", HTMLElement);
  #shown = "";

  /**
   * @param {Pick<Browser, "text">} browser
   * @param {(plan: string) => void} choose
   */
  constructor(browser, choose) {
    this.browser = browser;
    this.#list.addEventListener("change", () => {
      if (this.value !== null) {
        choose(this.value);
      }
    });
  }

  /** The name of the plan that is chosen; null: none is. */
  get value() {
    return this.#inputs.find(({ checked }) => checked)?.value ?? null;
  }

  /** @param {FormState} state */
  show({ plans, plan, stage }) {
    const shown = JSON.stringify(plans);
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.#list.replaceChildren(...plans.map((each) => this.#segment(each)));
    }
    for (const input of this.#inputs) {
      input.checked = input.value === plan;
    }
    this.#group.disabled = stage !== "editing";
  }

  get #inputs() {
    return [...this.#list.querySelectorAll("input")];
  }

  /** @param {Plan} plan */
  #segment(plan) {
    const [label, input] = [document.createElement("label"), document.createElement("input")];
    input.type = "radio";
    input.name = "plan";
    input.value = plan.name;
    const sign = part("sign", signOf(plan));
    sign.ariaHidden = "true";
    const name = part("name", this.#nameOf(plan.name));
    label.title = plan.backends.join(" + ");
    label.append(input, sign, name);
    return label;
  }

  /**
   * The names that plans usually have are known in words; others are the user's own.
   * @param {string} name
   */
  #nameOf(name) {
    return SIGNS.has(name) ? this.browser.text(`plan_${name}`) : name;
  }
}

/** @param {Plan} plan */
function signOf({ backends, kinds }) {
  return backends.length > 1 ? SEVERAL : (SIGNS.get(kinds[0] ?? "") ?? OTHER);
}
