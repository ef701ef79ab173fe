/** The tags of the summary as chips. They are its text, which alone holds them. */

import { element } from "../elements.js";
import { tagsOf, withTag, withoutTag } from "../tags.js";
import { part } from "./delivery.js";

/** @import { Browser } from "../browser.js" */

export class TagChips {
  #list = element("tags", HTMLElement);
  #field = element("tag", HTMLInputElement);
  #summary = "";
  #editable = false;

  /**
   * @param {Pick<Browser, "text">} browser
   * @param {(summary: string) => void} change - The summary with other tags.
   */
  constructor(browser, change) {
    this.browser = browser;
    this.change = change;
    this.#field.ariaLabel = browser.text("tags_add");
    this.#field.addEventListener("keydown", (event) => this.#press(event));
    this.#field.addEventListener("blur", () => this.#add());
  }

  /**
   * @param {string} summary
   * @param {boolean} editable
   */
  show(summary, editable) {
    const [was, now] = [tagsOf(this.#summary), tagsOf(summary)];
    const same = was.join() === now.join() && editable === this.#editable;
    this.#summary = summary;
    this.#editable = editable;
    const empty = summary.trim() === "";
    this.#field.disabled = !editable || empty;
    this.#field.placeholder = empty ? this.browser.text("tags_none") : this.browser.text("tags_add");
    if (!same) {
      this.#draw(now);
    }
  }

  /** @param {string[]} tags */
  #draw(tags) {
    this.#list.replaceChildren(...tags.map((tag) => this.#chip(tag)));
  }

  /** @param {string} tag */
  #chip(tag) {
    const [chip, remove] = [document.createElement("li"), document.createElement("button")];
    chip.className = "chip";
    remove.type = "button";
    remove.textContent = "×";
    remove.disabled = !this.#editable;
    remove.title = remove.ariaLabel = this.browser.text("tags_remove", [tag]);
    remove.addEventListener("click", () => this.#remove(tag));
    chip.append(part("tag", `#${tag}`), remove);
    return chip;
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const { key, isComposing, ctrlKey, metaKey } = event;
    if (isComposing || ctrlKey || metaKey) {
      return;
    }
    if (key === "Enter" || key === ",") {
      event.preventDefault();
      this.#add();
    } else if (key === "Backspace" && this.#field.value === "") {
      this.#remove(tagsOf(this.#summary).at(-1) ?? "");
    }
  }

  #add() {
    const wish = this.#field.value;
    this.#field.value = "";
    this.#become(withTag(this.#summary, wish));
  }

  /** @param {string} tag */
  #remove(tag) {
    this.#become(withoutTag(this.#summary, tag));
    this.#field.focus();
  }

  /** @param {string} summary */
  #become(summary) {
    if (summary.trim() !== this.#summary.trim()) {
      this.change(summary);
    }
  }
}
