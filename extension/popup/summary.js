/** The summary in the form: shown as it is written, then for the user to edit. */

import { element } from "../elements.js";
import { TagChips } from "./tags.js";

/** @import { Browser } from "../browser.js" */
/** @import { ErrorInfo, FormState, Summary } from "../messages.js" */

/** Pixels from its end at which a reader follows what is written. */
const NEAR = 8;

export class SummaryField {
  #field = element("summary", HTMLTextAreaElement);
  #button = element("summarize", HTMLButtonElement);
  #isWriting = false;
  /** @type {string | undefined} The capture whose summary the field holds. */
  #shown;
  #touched = false;
  /** @type {Summary | null} */
  #written = null;
  #tags;

  /**
   * @param {Pick<Browser, "text" | "language">} browser
   * @param {{edit: () => void, summarize: () => void, stop: () => void}} does
   */
  constructor(browser, does) {
    this.browser = browser;
    this.#field.addEventListener("input", () => {
      this.#touched = true;
      this.#describe();
      does.edit();
    });
    this.#button.addEventListener("click", () => (this.#isWriting ? does.stop() : does.summarize()));
    this.#tags = new TagChips(browser, (text) => {
      this.#field.value = text;
      this.#field.dispatchEvent(new Event("input"));
    });
  }

  /** What the user wrote; null while nothing was touched. */
  get own() {
    return this.#touched ? this.#field.value : null;
  }

  /** @param {FormState} state */
  show(state) {
    const { capture, stage, writing, unwritten } = state;
    const editing = stage === "editing";
    const ended = this.#isWriting && writing === null;
    const other = this.#shown !== capture?.id;
    this.#shown = capture?.id;
    this.#written = capture?.written ?? null;
    this.#isWriting = writing !== null;
    if (writing !== null) {
      this.write(writing);
    } else if (ended || other || !this.#touched) {
      this.#put(capture?.summary ?? "");
    }
    this.#field.disabled = !editing;
    this.#field.readOnly = this.#isWriting;
    this.#field.placeholder = editing && !this.#isWriting ? this.#without(state) : "";
    this.#button.disabled = !editing;
    this.#showError(unwritten);
    this.#describe();
  }

  /**
   * Show what is there so far; who reads further up is left there.
   * @param {string} text
   */
  write(text) {
    const field = this.#field;
    const { scrollTop, scrollHeight, clientHeight, value } = field;
    const follows = scrollHeight - scrollTop - clientHeight < NEAR;
    if (text.startsWith(value)) {
      field.setRangeText(text.slice(value.length), value.length, value.length, "preserve");
    } else {
      field.value = text;
    }
    field.scrollTop = follows ? field.scrollHeight : scrollTop;
    this.#touched = false;
  }

  /** @param {string} text */
  #put(text) {
    const { scrollTop, value } = this.#field;
    if (value !== text) {
      this.#field.value = text;
      this.#field.scrollTop = scrollTop;
    }
    this.#touched = false;
  }

  /**
   * What becomes of a note without a summary.
   * @param {FormState} state
   */
  #without({ capture, plans, plan }) {
    const planned = capture?.planned.find((each) => each.plan === plan);
    const writes = (planned ?? plans.find(({ name }) => name === plan))?.summary ?? false;
    return writes ? this.browser.text("summary_planned") : this.browser.text("summary_none");
  }

  /** Who wrote it, what is doubted in it, and what the button does. */
  #describe() {
    const { value } = this.#field;
    const written = value.trim() === "" || this.#isWriting ? null : this.#written;
    const made = written === null ? "" : this.#maker(written);
    const edited = written !== null && value.trim() !== written.markdown.trim();
    const told = edited ? this.browser.text("summary_edited", [made]) : made;
    const line = element("summary-told", HTMLElement);
    line.textContent = line.title = this.#isWriting ? this.browser.text("summary_writing") : told;
    this.#field.toggleAttribute("data-writing", this.#isWriting);
    this.#button.textContent = this.#action(value);
    this.#tags.show(this.#isWriting ? "" : value, !this.#field.disabled && !this.#isWriting);
    this.#showDoubts((written?.doubts ?? []).filter(({ text }) => value.includes(text)));
  }

  /** @param {string} value */
  #action(value) {
    const { browser } = this;
    if (this.#isWriting) {
      return browser.text("form_stop");
    }
    return value.trim() === "" ? browser.text("form_summarize") : browser.text("form_anew");
  }

  /** @param {Summary} summary */
  #maker({ made_by: maker, unchecked, input_tokens: read, output_tokens: wrote, cost, seconds }) {
    const { browser } = this;
    /** @type {(number: number, form?: Intl.NumberFormatOptions) => string} */
    const told = (number, form) => number.toLocaleString(browser.language(), form);
    const [short, tenths] = [{ maximumSignificantDigits: 2 }, { maximumFractionDigits: 1 }];
    return [
      maker === "extract" ? browser.text("summary_extract") : maker,
      unchecked ? browser.text("summary_unchecked") : "",
      read + wrote > 0 ? browser.text("summary_tokens", [told(read + wrote)]) : "",
      cost === null ? "" : browser.text("summary_cost", [told(cost, short)]),
      seconds === null ? "" : browser.text("summary_seconds", [told(seconds, tenths)]),
    ]
      .filter(Boolean)
      .join(" · ");
  }

  /** @param {Summary["doubts"]} doubts */
  #showDoubts(doubts) {
    element("doubts", HTMLElement).hidden = doubts.length === 0;
    element("doubted", HTMLElement).replaceChildren(
      ...doubts.map((doubt) => {
        const line = document.createElement("li");
        line.append(this.#doubt(doubt));
        return line;
      }),
    );
  }

  /**
   * What is doubted and of which kind it is; it leads to its place in the summary.
   * @param {Summary["doubts"][number]} doubt
   */
  #doubt({ text, kind }) {
    const [button, why] = [document.createElement("button"), document.createElement("span")];
    button.type = "button";
    why.textContent = this.browser.text(`doubt_${kind}`);
    button.append(text, why);
    button.addEventListener("click", () => {
      const at = this.#field.value.indexOf(text);
      this.#field.focus();
      this.#field.setSelectionRange(at, at + text.length);
    });
    return button;
  }

  /** @param {ErrorInfo | null} error */
  #showError(error) {
    element("unwritten", HTMLElement).hidden = error === null;
    element("unwritten-message", HTMLElement).textContent = error?.message ?? "";
    element("unwritten-hint", HTMLElement).textContent = error?.hint ?? "";
  }
}
