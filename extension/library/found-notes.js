/**
 * The notes that a wish finds, page by page, as they are needed. What was there stays until its
 * successor has come, and an answer that is older than the newest question counts for nothing.
 */

import { PAGE, questionOf } from "./wish.js";

/** @import { Daemon } from "../daemon.js" */
/** @import { FoundNote, FoundPage } from "../messages.js" */
/** @import { Wish } from "./wish.js" */

/** Pages that are kept; those that were asked for first go first. */
const KEPT = 40;
/** Pages that are asked for at once: what is scrolled past meanwhile is not asked for. */
const AT_ONCE = 2;

export class FoundNotes {
  /** @type {Map<number, FoundNote[]>} */
  #pages = new Map();
  /** @type {Set<number>} Pages that are under way. */
  #asked = new Set();
  /** @type {Wish | null} */
  #wish = null;
  /** Of the newest question. */
  #search = 0;
  #first = 0;
  #last = 0;

  /** How many there are in all; null until it is known. */
  total = /** @type {number | null} */ (null);
  /** Why nothing could be found. */
  error = /** @type {unknown} */ (null);
  isLooking = false;

  /**
   * @param {Pick<Daemon, "notes">} daemon
   * @param {() => void} changed - There is something else to show.
   */
  constructor(daemon, changed) {
    this.daemon = daemon;
    this.changed = changed;
  }

  /**
   * Look for something else.
   * @param {Wish} wish
   */
  async look(wish) {
    this.#wish = wish;
    [this.#first, this.#last] = [0, 0];
    await this.again();
  }

  /** Look again for the same: what is seen now comes anew at once. */
  async again() {
    const search = ++this.#search;
    const pages = this.#needed();
    this.#asked = new Set(pages);
    this.isLooking = true;
    this.changed();
    try {
      const found = await Promise.all(pages.map((page, at) => this.#ask(page, at === 0)));
      if (search === this.#search) {
        this.#pages = new Map(pages.map((page, at) => [page, found[at]?.notes ?? []]));
        this.#end(found[0]?.total ?? 0, null);
      }
    } catch (error) {
      if (search === this.#search) {
        this.#pages = new Map();
        this.#end(null, error);
      }
    }
  }

  /**
   * These are seen now: what is missing of them is asked for.
   * @param {number} first
   * @param {number} last
   */
  need(first, last) {
    [this.#first, this.#last] = [first, last];
    for (const page of this.#needed()) {
      if (!this.#pages.has(page) && !this.#asked.has(page) && this.#asked.size < AT_ONCE) {
        void this.#fetch(page, this.#search);
      }
    }
  }

  /**
   * The note in this row, once it is here.
   * @param {number} row
   */
  at(row) {
    return this.#pages.get(Math.floor(row / PAGE))?.[row % PAGE] ?? null;
  }

  /**
   * The row of a note, if it is among those that are here.
   * @param {string} id
   */
  rowOf(id) {
    for (const [page, notes] of this.#pages) {
      const at = notes.findIndex((note) => note.id === id);
      if (at >= 0) {
        return page * PAGE + at;
      }
    }
    return null;
  }

  #needed() {
    const [first, last] = [Math.floor(this.#first / PAGE), Math.floor(this.#last / PAGE)];
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  }

  /**
   * @param {number} page
   * @param {number} search
   */
  async #fetch(page, search) {
    this.#asked.add(page);
    try {
      const { notes } = await this.#ask(page, false);
      if (search === this.#search) {
        this.#pages.set(page, notes);
        this.#letGo();
        this.#asked.delete(page);
        this.changed();
        this.need(this.#first, this.#last);
      }
    } catch (error) {
      if (search === this.#search) {
        this.#end(this.total, error);
      }
    }
  }

  /**
   * @param {number} page
   * @param {boolean} count
   * @returns {Promise<FoundPage>}
   */
  #ask(page, count) {
    return this.#wish === null
      ? Promise.resolve({ notes: [], total: 0 })
      : this.daemon.notes(questionOf(this.#wish, page, count));
  }

  /**
   * @param {number | null} total
   * @param {unknown} error
   */
  #end(total, error) {
    this.#asked = new Set();
    this.isLooking = false;
    this.total = total;
    this.error = error;
    this.changed();
  }

  #letGo() {
    for (const page of [...this.#pages.keys()].slice(0, -KEPT)) {
      this.#pages.delete(page);
    }
  }
}
