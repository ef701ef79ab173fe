/** The note that is read: its text, what is known of it, where it went, and its versions. */

import { element } from "../elements.js";
import { explain, hasCode } from "../errors.js";
import { redraw } from "../lines.js";
import { renderSafely } from "../rendering.js";
import { dayOf, momentOf } from "../times.js";
import { button, hostOf, isOnline, make } from "./parts.js";
import { MOST_VERSIONS, describeDifference, describeVersion, textOf } from "./versions.js";
import { describePlaces } from "./whereabouts.js";

/** @import { Browser } from "../browser.js" */
/** @import { Daemon } from "../daemon.js" */
/** @import { CaptureView, WholeNote } from "../messages.js" */
/** @import { Wish } from "./wish.js" */

/** @typedef {Pick<Daemon, "note" | "view">} Asked */

export class Reading {
  #article = element("note", HTMLElement);
  #text = element("note-text", HTMLElement);
  #places = element("note-places", HTMLElement);
  #versions = element("versions", HTMLElement);
  #toggle = element("note-versions", HTMLButtonElement);
  #difference = element("difference", HTMLElement);
  /** @type {WholeNote | null} */
  #note = null;
  /** Of the newest question: an older answer counts for nothing. */
  #question = 0;

  /**
   * @param {Asked} daemon
   * @param {Pick<Browser, "text" | "language">} browser
   * @param {{
   *   change: (change: Partial<Wish>) => void,
   *   remove: (note: WholeNote) => void,
   *   retry: (delivery: string) => void,
   * }} does
   */
  constructor(daemon, browser, does) {
    this.daemon = daemon;
    this.browser = browser;
    this.does = does;
    element("note-back", HTMLElement).addEventListener("click", () => does.change({ note: "" }));
    element("note-remove", HTMLElement).addEventListener("click", () => this.#remove());
    element("note-remove", HTMLElement).title = browser.text("library_remove_hint");
    element("note-newer", HTMLElement).addEventListener("click", () => this.#openNewest());
    element("difference-close", HTMLElement).addEventListener("click", () => this.#showText());
    this.#toggle.addEventListener("click", () => void this.#toggleVersions());
  }

  /**
   * Show a note; the one before stays until it is here.
   * @param {string} id
   */
  async open(id) {
    const question = ++this.#question;
    this.#article.ariaBusy = "true";
    try {
      const [note, view] = await Promise.all([this.daemon.note(id), this.#viewOf(id)]);
      if (question === this.#question) {
        this.#show(note, view);
      }
    } catch (error) {
      if (question === this.#question) {
        this.close();
        this.#showTrouble(error);
      }
    }
  }

  close() {
    this.#question += 1;
    this.#note = null;
    this.#article.hidden = true;
    element("note-trouble", HTMLElement).hidden = true;
    element("choose", HTMLElement).hidden = false;
  }

  /** Something happened to the note: where it went is asked for anew. */
  async look() {
    const [note, question] = [this.#note, this.#question];
    if (note === null) {
      return;
    }
    const [now, view] = await Promise.all([this.daemon.note(note.id), this.#viewOf(note.id)]);
    if (question === this.#question) {
      this.#showPlaces(now, view);
    }
  }

  /**
   * Of a note that was found in a folder no capture is known.
   * @param {string} id
   * @returns {Promise<CaptureView | null>}
   */
  async #viewOf(id) {
    try {
      return await this.daemon.view(id);
    } catch (error) {
      if (hasCode(error, "capture-unknown")) {
        return null;
      }
      throw error;
    }
  }

  /**
   * @param {WholeNote} note
   * @param {CaptureView | null} view
   */
  #show(note, view) {
    this.#note = note;
    element("choose", HTMLElement).hidden = true;
    element("note-trouble", HTMLElement).hidden = true;
    this.#article.hidden = false;
    this.#article.ariaBusy = "false";
    element("note-title", HTMLElement).textContent = note.title;
    element("note-meta", HTMLElement).replaceChildren(...this.#metaOf(note));
    element("note-tags", HTMLElement).replaceChildren(...note.tags.map((tag) => this.#tag(tag)));
    const page = element("note-page", HTMLAnchorElement);
    page.hidden = !isOnline(note.url);
    page.href = isOnline(note.url) ? note.url : "";
    page.title = note.url;
    this.#showPlaces(note, view);
    this.#hideVersions(note);
    this.#showText();
    element("reading", HTMLElement).scrollTop = 0;
  }

  /** @param {WholeNote} note */
  #metaOf(note) {
    const language = this.browser.language();
    const host = hostOf(note.url);
    const site = button("plain", note.site ?? host, () => this.does.change({ site: note.site ?? host }));
    const archived = this.browser.text("library_archived", [
      momentOf(note.archived_at, language, new Date()),
    ]);
    const published = note.published === null ? "" : dayOf(note.published, language);
    return [site, ...[note.byline ?? "", published, archived].filter(Boolean).map((each) => make("span", "", each))];
  }

  /** @param {string} tag */
  #tag(tag) {
    return make("li", "", [button("chip", `#${tag}`, () => this.does.change({ tag }))]);
  }

  /**
   * @param {WholeNote} note
   * @param {CaptureView | null} view
   */
  #showPlaces(note, view) {
    const lines = describePlaces(note, view, this.browser, this.does.retry);
    element("note-where", HTMLElement).hidden = lines.length === 0;
    redraw(this.#places, lines);
  }

  #showText() {
    const note = this.#note;
    this.#difference.hidden = true;
    this.#text.className = "rendered";
    this.#text.replaceChildren(...(note === null ? [] : [renderSafely(textOf(note))]));
  }

  /** @param {unknown} error */
  #showTrouble(error) {
    const { message, hint } = explain(error, this.browser.text);
    element("choose", HTMLElement).hidden = true;
    element("note-trouble", HTMLElement).hidden = false;
    element("note-trouble-message", HTMLElement).textContent = message;
    element("note-trouble-hint", HTMLElement).textContent = hint;
  }

  #remove() {
    if (this.#note !== null) {
      this.does.remove(this.#note);
    }
  }

  #openNewest() {
    const newest = this.#note?.newer_version ?? null;
    if (newest !== null) {
      this.does.change({ note: newest });
    }
  }

  /** @param {WholeNote} note */
  #hideVersions({ older_versions: older, newer_version: newer }) {
    this.#toggle.hidden = older.length === 0;
    this.#toggle.ariaExpanded = "false";
    this.#toggle.textContent = this.browser.text("library_versions", [String(older.length)]);
    element("note-newer", HTMLElement).hidden = newer === null;
    this.#versions.hidden = true;
    this.#versions.replaceChildren();
  }

  async #toggleVersions() {
    const [note, question] = [this.#note, this.#question];
    if (note === null || !this.#versions.hidden) {
      this.#versions.hidden = true;
      this.#toggle.ariaExpanded = "false";
      this.#showText();
      return;
    }
    this.#toggle.ariaExpanded = "true";
    this.#versions.hidden = false;
    try {
      const ids = note.older_versions.slice(0, MOST_VERSIONS);
      const versions = await Promise.all(ids.map((id) => this.daemon.note(id)));
      if (question === this.#question) {
        this.#versions.replaceChildren(
          ...versions.map((each) => describeVersion(each, this.browser, () => this.#compare(each, note))),
        );
      }
    } catch (error) {
      this.#versions.replaceChildren(make("li", "", explain(error, this.browser.text).message));
    }
  }

  /**
   * @param {WholeNote} before
   * @param {WholeNote} after
   */
  #compare(before, after) {
    const moment = momentOf(before.archived_at, this.browser.language(), new Date());
    this.#difference.hidden = false;
    element("difference-told", HTMLElement).textContent = this.browser.text("library_difference", [moment]);
    this.#text.className = "difference";
    this.#text.replaceChildren(...describeDifference(before, after, this.browser));
  }
}
