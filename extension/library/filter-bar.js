/** The filters: fields that are opened when needed, and as chips those that leave something out. */

import { element } from "../elements.js";
import { button, make } from "./parts.js";
import { FILTERS, activeFilters } from "./wish.js";

/** @import { Browser } from "../browser.js" */
/** @import { Filter, Wish } from "./wish.js" */

export class FilterBar {
  #toggle = element("filters-toggle", HTMLButtonElement);
  #panel = element("filters", HTMLElement);
  #chips = element("chips", HTMLElement);

  /**
   * @param {Pick<Browser, "text">} browser
   * @param {(change: Partial<Wish>) => void} change
   */
  constructor(browser, change) {
    this.browser = browser;
    this.change = change;
    this.#toggle.addEventListener("click", () => this.#open(this.#panel.hidden === true));
    for (const name of FILTERS) {
      const field = fieldOf(name);
      field.addEventListener("change", () => this.change({ [name]: field.value.trim() }));
    }
    this.#panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        this.#open(false);
        this.#toggle.focus();
      }
    });
  }

  /** @param {string[]} names - Of the backends there are. */
  offer(names) {
    const field = fieldOf("backend");
    const { value } = field;
    const others = value === "" || names.includes(value) ? [] : [value];
    field.replaceChildren(
      new Option(this.browser.text("library_any"), ""),
      ...[...names, ...others].map((name) => new Option(name, name)),
    );
    field.value = value;
  }

  /** @param {Wish} wish */
  show(wish) {
    for (const name of FILTERS) {
      const field = fieldOf(name);
      if (field instanceof HTMLSelectElement && ![...field.options].some(({ value }) => value === wish[name])) {
        field.append(new Option(wish[name], wish[name]));
      }
      field.value = wish[name];
    }
    const active = activeFilters(wish);
    this.#toggle.classList.toggle("on", active.length > 0);
    this.#chips.hidden = active.length === 0;
    this.#chips.replaceChildren(
      ...active.map((name) => this.#chip(name)),
      ...(active.length < 2 ? [] : [make("li", "", [this.#clear()])]),
    );
  }

  /** @param {Filter} name */
  #chip(name) {
    const field = fieldOf(name);
    const value = field instanceof HTMLSelectElement ? (field.selectedOptions[0]?.text ?? "") : field.value;
    const told = `${labelOf(name)}: ${value}`;
    const remove = button("remove", "×", () => {
      this.change({ [name]: "" });
      this.#toggle.focus();
    });
    remove.ariaLabel = this.browser.text("library_filter_remove", [told]);
    return make("li", "chip", [make("span", "", told), remove]);
  }

  #clear() {
    return button("plain", this.browser.text("library_clear"), () => {
      this.change(Object.fromEntries(FILTERS.map((name) => [name, ""])));
      this.#toggle.focus();
    });
  }

  /** @param {boolean} isOpen */
  #open(isOpen) {
    this.#panel.hidden = !isOpen;
    this.#toggle.ariaExpanded = String(isOpen);
    if (isOpen) {
      fieldOf("site").focus();
    }
  }
}

/** @param {Filter} name */
function fieldOf(name) {
  const field = element(`filter-${name}`, HTMLElement);
  if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) {
    return field;
  }
  throw new TypeError(`The filter ${name} has no field.`);
}

/** @param {Filter} name */
function labelOf(name) {
  return fieldOf(name).labels?.[0]?.textContent ?? name;
}
