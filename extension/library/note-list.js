/**
 * The list of what was found. Its rows have one height, and only those that are seen are there, so
 * 100,000 notes cost what twenty do. A listbox: the list has the focus, a row is the active one.
 */

import { element } from "../elements.js";
import { renew } from "../lines.js";
import { dayOf } from "../times.js";
import { hostOf, make, marked } from "./parts.js";

/** @import { Browser } from "../browser.js" */
/** @import { FoundNote } from "../messages.js" */
/** @import { FoundNotes } from "./found-notes.js" */

/** CSS pixels of a row. */
const ROW = 100;
/** Rows above and below what is seen. */
const MORE = 6;
/** Firefox lays nothing out beyond 17.8 million pixels. */
const MOST_ROWS = 170_000;

/** @typedef {"waiting" | "rejected"} Trouble - Of a delivery of a note. */

export class NoteList {
  #list = element("list", HTMLElement);
  #inner = element("rows", HTMLElement);
  /** @type {Map<number, HTMLElement>} */
  #rows = new Map();
  #active = 0;
  #opened = "";
  /** @type {Map<string, Trouble>} By the notes' ids. */
  #troubles = new Map();
  #isDue = false;
  /** The first note that is seen, and its row. */
  #anchor = { id: "", row: 0 };

  /**
   * @param {FoundNotes} found
   * @param {Pick<Browser, "text" | "language">} browser
   * @param {(note: FoundNote) => void} open
   */
  constructor(found, browser, open) {
    this.found = found;
    this.browser = browser;
    this.open = open;
    this.#list.style.setProperty("--row", `${ROW}px`);
    this.#list.addEventListener("scroll", () => this.#drawSoon(), { passive: true });
    this.#list.addEventListener("keydown", (event) => this.#press(event));
    this.#list.addEventListener("click", (event) => this.#click(event));
    new ResizeObserver(() => this.#drawSoon()).observe(this.#list);
  }

  /** There is something else to show; who has scrolled stays where he reads. */
  draw() {
    const row = this.found.rowOf(this.#anchor.id);
    if (row !== null && row !== this.#anchor.row && this.#list.scrollTop > 0) {
      this.#list.scrollTop += (row - this.#anchor.row) * ROW;
    }
    this.#rows.clear();
    this.#draw();
  }

  /** Another search: its best is seen first. */
  toTop() {
    this.#anchor = { id: "", row: 0 };
    this.#active = 0;
    this.#list.scrollTop = 0;
  }

  /** @param {string} id - The note that is read now. */
  mark(id) {
    this.#opened = id;
    this.#active = this.found.rowOf(id) ?? this.#active;
    this.draw();
  }

  /** @param {Map<string, Trouble>} troubles */
  showTroubles(troubles) {
    this.#troubles = troubles;
    this.draw();
  }

  /**
   * The note beside another one: below it, or above the last.
   * @param {string} id
   */
  beside(id) {
    const row = this.found.rowOf(id);
    return row === null ? null : (this.found.at(row + 1) ?? this.found.at(row - 1));
  }

  focus() {
    this.#list.focus();
  }

  get #count() {
    return Math.min(this.found.total ?? 0, MOST_ROWS);
  }

  #drawSoon() {
    if (!this.#isDue) {
      this.#isDue = true;
      requestAnimationFrame(() => {
        this.#isDue = false;
        this.#draw();
      });
    }
  }

  #draw() {
    const { scrollTop, clientHeight } = this.#list;
    const first = Math.max(0, Math.floor(scrollTop / ROW) - MORE);
    const last = Math.min(this.#count, Math.ceil((scrollTop + clientHeight) / ROW) + MORE) - 1;
    this.#inner.style.height = `${this.#count * ROW}px`;
    if (last >= first) {
      this.found.need(first, last);
    }
    /** @type {HTMLElement[]} */
    const rows = [];
    for (let row = first; row <= last; row++) {
      rows.push(this.#kept(row) ?? this.#make(row));
    }
    const stays = renew(this.#inner, rows);
    this.#rows = new Map(stays.map((row, at) => [first + at, row]));
    const seen = Math.floor(scrollTop / ROW);
    this.#anchor = { id: this.found.at(seen)?.id ?? "", row: seen };
    this.#tellActive();
  }

  /**
   * The row as it stands there already; one that waited for its note is made anew.
   * @param {number} row
   */
  #kept(row) {
    const made = this.#rows.get(row);
    return made?.dataset.id === (this.found.at(row)?.id ?? "") ? made : null;
  }

  /** @param {number} row */
  #make(row) {
    const note = this.found.at(row);
    const made = make("div", "row");
    made.id = `row-${row}`;
    made.role = "option";
    made.dataset.id = note?.id ?? "";
    made.style.transform = `translateY(${row * ROW}px)`;
    made.ariaPosInSet = String(row + 1);
    made.ariaSetSize = String(this.#count);
    made.ariaSelected = String(note !== null && note.id === this.#opened);
    if (note === null) {
      made.ariaLabel = this.browser.text("library_loading");
      made.append(make("p", "title"), make("p", "snippet"), make("p", "meta"));
      made.classList.add("empty");
    } else {
      made.append(...this.#parts(note));
    }
    made.classList.toggle("active", row === this.#active);
    return made;
  }

  /** @param {FoundNote} note */
  #parts(note) {
    const title = make("p", "title", marked(note.marked_title, "mark"));
    const site = make("span", "site", note.site ?? hostOf(note.url));
    const day = make("span", "", dayOf(note.archived_at, this.browser.language()));
    const tags = make("span", "tags", note.tags.map((tag) => `#${tag}`).join(" "));
    const trouble = this.#troubles.get(note.id);
    const state =
      trouble === undefined
        ? []
        : [make("span", `state ${trouble}`, this.browser.text(`delivery_${trouble}`))];
    return [
      title,
      make("p", "snippet", marked(note.snippet, "mark")),
      make("p", "meta", [...state, site, day, tags]),
    ];
  }

  #tellActive() {
    for (const [row, made] of this.#rows) {
      made.classList.toggle("active", row === this.#active);
    }
    if (this.#rows.has(this.#active)) {
      this.#list.setAttribute("aria-activedescendant", `row-${this.#active}`);
    } else {
      this.#list.removeAttribute("aria-activedescendant");
    }
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const page = Math.max(1, Math.floor(this.#list.clientHeight / ROW) - 1);
    /** @type {Record<string, number>} */
    const moves = {
      ArrowDown: this.#active + 1,
      ArrowUp: this.#active - 1,
      PageDown: this.#active + page,
      PageUp: this.#active - page,
      Home: 0,
      End: this.#count - 1,
    };
    const target = moves[event.key];
    if (event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    if (target !== undefined) {
      event.preventDefault();
      this.#moveTo(target);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.#openRow(this.#active);
    }
  }

  /** @param {number} row */
  #moveTo(row) {
    this.#active = Math.max(0, Math.min(row, this.#count - 1));
    const { scrollTop, clientHeight } = this.#list;
    const top = this.#active * ROW;
    if (top < scrollTop) {
      this.#list.scrollTop = top;
    } else if (top + ROW > scrollTop + clientHeight) {
      this.#list.scrollTop = top + ROW - clientHeight;
    }
    this.#draw();
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const row = event.target instanceof Element ? event.target.closest(".row") : null;
    if (row !== null) {
      this.#active = Number(row.id.replace("row-", ""));
      this.#openRow(this.#active);
    }
  }

  /** @param {number} row */
  #openRow(row) {
    const note = this.found.at(row);
    if (note !== null) {
      this.open(note);
    }
  }
}
