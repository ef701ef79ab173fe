/**
 * The preview of the text, in which it is edited as well: block by block, each as its Markdown. What
 * nobody has edited stays as it is written.
 */

import { isBlank, placeIn, withoutBlock } from "../blocks.js";
import { BlockField } from "./block-field.js";
import { Rendered } from "./rendered.js";

/** @import { Browser } from "../browser.js" */
/** @import { Block } from "../rendering.js" */

/** What a click is for itself. */
const ACTS = "a[href], summary, textarea";
/** Pixels between the caret's line and the edge of the panel. */
const MARGIN = 12;
/** Characters that are shown first: 500,000 take 0.4 s, which nobody has to wait to begin to read. */
const FIRST = 20_000;

export class Preview {
  #panel;
  #source;
  #browser;
  #edit;
  #rendered;
  #isEditable = false;
  /**
   * What is edited: its block as it was, its field, and where what is written there ends in the text.
   * @type {{block: Block, field: BlockField, to: number} | null}
   */
  #open = null;

  /**
   * @param {HTMLElement} panel
   * @param {HTMLTextAreaElement} source - Holds the text.
   * @param {Pick<Browser, "text">} browser
   * @param {() => void} edit
   */
  constructor(panel, source, browser, edit) {
    this.#panel = panel;
    this.#source = source;
    this.#browser = browser;
    this.#edit = edit;
    this.#rendered = new Rendered(panel, browser);
    panel.addEventListener("mousedown", (event) => this.#hold(event));
    panel.addEventListener("click", (event) => this.#click(event));
    panel.addEventListener("keydown", (event) => this.#press(event));
  }

  /**
   * Show the text as it is now; what is being edited is left alone.
   * @param {boolean} isEditable
   */
  show(isEditable) {
    if (!isEditable) {
      this.leave();
    }
    this.#isEditable = isEditable;
    this.#panel.toggleAttribute("data-editable", isEditable);
    if (isEditable) {
      this.#panel.setAttribute("aria-describedby", "preview-help");
    } else {
      this.#panel.removeAttribute("aria-describedby");
    }
    if (this.#open === null && this.#rendered.text !== this.#source.value) {
      this.#rendered.draw(this.#source.value, FIRST);
      this.#panel.scrollTop = 0;
      requestAnimationFrame(() => setTimeout(() => this.#drawRest()));
    }
  }

  /** The text is another one; what was edited of the last one went with it. */
  forget() {
    this.#open = null;
    this.#rendered.forget();
  }

  /** Edit no block any longer. */
  leave() {
    const open = this.#open;
    if (open === null) {
      return;
    }
    const { block, field, to } = open;
    this.#open = null;
    field.element.replaceWith(block.element);
    if (this.#source.value !== this.#rendered.text) {
      this.#drop({ ...block, to });
      this.#redraw();
    } else {
      this.#drawRest();
    }
  }

  /** What follows the beginning of a long text; not while a block is edited. */
  #drawRest() {
    if (this.#open === null && this.#rendered.text !== null && !this.#rendered.isWhole) {
      this.#redraw();
    }
  }

  #redraw() {
    const { scrollTop } = this.#panel;
    this.#rendered.draw(this.#source.value);
    this.#panel.scrollTop = scrollTop;
  }

  /**
   * Of a block in which nothing is left, its blank line goes too.
   * @param {Block} block
   */
  #drop({ from, to }) {
    const text = this.#source.value;
    if (isBlank(text.slice(from, to))) {
      this.#source.value = withoutBlock(text, { from, to });
      this.#edit();
    }
  }

  /**
   * @param {Block} block
   * @param {number} place - Of the caret in it.
   */
  #begin(block, place) {
    const markdown = this.#source.value.slice(block.from, block.to);
    const field = new BlockField(markdown, block.element, this.#browser.text("form_edit_block"), {
      write: (text) => this.#write(text),
      leave: () => this.leave(),
    });
    this.#open = { block, field, to: block.to };
    block.element.replaceWith(field.element);
    field.focus(place);
  }

  /** @param {string} markdown */
  #write(markdown) {
    const open = this.#open;
    if (open !== null) {
      this.#source.setRangeText(markdown, open.block.from, open.to, "preserve");
      open.to = open.block.from + markdown.length;
      this.#reveal(open.field);
      this.#edit();
    }
  }

  /**
   * Edit a block of what is shown, after what is edited now; it stays where it is in view.
   * @param {Block} block
   * @param {number} place
   */
  #turnTo(block, place) {
    const { top } = block.element.getBoundingClientRect();
    const fromEnd = (this.#rendered.text ?? "").length - block.from;
    const isBehind = this.#open !== null && block.from > this.#open.block.from;
    this.leave();
    const found = this.#rendered.blockAt(isBehind ? this.#source.value.length - fromEnd : block.from);
    if (found === undefined) {
      this.#panel.focus({ preventScroll: true });
      return;
    }
    this.#begin(found, place);
    if (this.#open !== null) {
      this.#panel.scrollTop += this.#open.field.element.getBoundingClientRect().top - top;
      this.#reveal(this.#open.field);
    }
  }

  /**
   * Scroll as far as the caret's line can be seen.
   * @param {BlockField} field
   */
  #reveal(field) {
    const [line, view] = [field.caretLine(), this.#panel.getBoundingClientRect()];
    const above = Math.min(0, line.top - MARGIN - view.top);
    const below = Math.max(0, line.bottom + MARGIN - view.bottom);
    this.#panel.scrollTop += above || below;
  }

  /**
   * What is clicked has to be there still when the button is up; else it would be drawn anew as the
   * focus leaves the field.
   * @param {MouseEvent} event
   */
  #hold(event) {
    const { target, button } = event;
    const isInside = target instanceof Element && target !== this.#panel;
    if (this.#open !== null && button === 0 && isInside && target.closest("textarea") === null) {
      event.preventDefault();
    }
  }

  /** @param {MouseEvent} event */
  #click({ target, clientX, clientY }) {
    if (!this.#isEditable || !(target instanceof Element) || isOwn(target)) {
      return;
    }
    const block = this.#rendered.blockOf(target);
    if (block === undefined) {
      this.leave();
    } else {
      const markdown = this.#rendered.text?.slice(block.from, block.to) ?? "";
      this.#turnTo(block, placeIn(markdown, textBefore(block.element, clientX, clientY)));
    }
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    if (this.#open !== null) {
      this.#pressIn(this.#open, event);
    } else if (event.key === "Enter" && event.target === this.#panel && this.#isEditable) {
      const block = this.#rendered.inView();
      if (block !== undefined) {
        event.preventDefault();
        this.#turnTo(block, 0);
      }
    }
  }

  /**
   * @param {{block: Block, field: BlockField}} open
   * @param {KeyboardEvent} event
   */
  #pressIn({ block, field }, event) {
    const { key, shiftKey: isShifted } = event;
    if (key === "Escape" || key === "Tab") {
      // From the panel, Tab goes on; a block that is drawn anew is no place to go on from.
      this.leave();
      this.#panel.focus({ preventScroll: true });
      if (key === "Escape") {
        event.preventDefault();
      }
    } else if (key === "ArrowUp" && !isShifted && field.isInFirstLine()) {
      this.#move(this.#rendered.neighbour(block, false), event);
    } else if (key === "ArrowDown" && !isShifted && field.isInLastLine()) {
      this.#move(this.#rendered.neighbour(block, true), event);
    }
  }

  /**
   * @param {Block | undefined} block
   * @param {KeyboardEvent} event
   */
  #move(block, event) {
    if (block !== undefined) {
      event.preventDefault();
      this.#turnTo(block, event.key === "ArrowDown" ? 0 : block.to - block.from);
    }
  }
}

/**
 * Whether a click there is meant for something else.
 * @param {Element} target
 */
function isOwn(target) {
  const selection = getSelection();
  const isSelecting = selection?.isCollapsed === false && selection.containsNode(target, true);
  return isSelecting || target.closest(ACTS) !== null;
}

/**
 * What is written in an element before a place in the window.
 * @param {Element} element
 * @param {number} x
 * @param {number} y
 */
function textBefore(element, x, y) {
  // Chromium has it since 128.
  const found = "caretPositionFromPoint" in document ? document.caretPositionFromPoint(x, y) : null;
  if (found === null || !element.contains(found.offsetNode)) {
    return "";
  }
  const range = document.createRange();
  range.setStart(element, 0);
  range.setEnd(found.offsetNode, found.offset);
  return range.toString();
}
