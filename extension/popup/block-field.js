/** The Markdown of one block, to edit where the block stands. */

/** Stands for the line that a field has after a last line break. */
const END = "\u200b";

export class BlockField {
  #field = document.createElement("textarea");
  /** The same text in lines as long, which tells how high the field is and where its lines begin. */
  #mirror = document.createElement("div");

  /**
   * @param {string} markdown
   * @param {Element} block - What it stands for.
   * @param {string} name - For those who hear the page.
   * @param {{write: (markdown: string) => void, leave: () => void}} does
   */
  constructor(markdown, block, name, does) {
    // A list takes in nothing but its items.
    this.element = document.createElement(block.localName === "li" ? "li" : "div");
    this.element.className = "editing";
    this.element.classList.toggle("fixed", ["pre", "table"].includes(block.localName));
    this.#mirror.ariaHidden = "true";
    this.#field.ariaLabel = name;
    this.#field.spellcheck = false;
    this.#field.rows = 1; // at least; the mirror makes it as high as its text
    this.#field.value = markdown;
    this.#field.addEventListener("input", () => {
      this.#measure();
      does.write(this.value);
    });
    this.#field.addEventListener("blur", () => {
      // It keeps the focus while another window has it.
      if (document.activeElement !== this.#field) {
        does.leave();
      }
    });
    this.element.append(this.#mirror, this.#field);
    this.#measure();
  }

  get value() {
    return this.#field.value;
  }

  /** @param {number} place - Of the caret, in UTF-16 units. */
  focus(place) {
    this.#field.focus({ preventScroll: true });
    this.#field.setSelectionRange(place, place);
  }

  /** Whether the caret is in the first line as it is shown. */
  isInFirstLine() {
    return this.#isInLineOf(0);
  }

  isInLastLine() {
    return this.#isInLineOf(this.value.length);
  }

  /** Where the caret's line is in the window, in pixels. */
  caretLine() {
    return this.#lineAt(this.#field.selectionEnd);
  }

  #measure() {
    this.#mirror.textContent = this.value + END;
  }

  /** @param {number} place */
  #isInLineOf(place) {
    const { selectionStart, selectionEnd } = this.#field;
    const [line, other] = [this.#lineAt(selectionEnd), this.#lineAt(place)];
    return selectionStart === selectionEnd && Math.abs(line.top - other.top) < line.height / 2;
  }

  /** @param {number} place */
  #lineAt(place) {
    const range = document.createRange();
    const text = this.#mirror.firstChild ?? this.#mirror;
    range.setStart(text, place);
    range.setEnd(text, place + 1);
    return range.getBoundingClientRect();
  }
}
