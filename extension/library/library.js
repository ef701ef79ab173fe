/** The library: every archived note, found as it is asked for, read, and followed on its way. */

import { browserOf } from "../browser.js";
import { Daemon } from "../daemon.js";
import { element, localize } from "../elements.js";
import { explain } from "../errors.js";
import { NativePort } from "../native-port.js";
import { UnsettledList } from "../popup/unsettled.js";
import { Unsettled } from "../unsettled.js";
import { FilterBar } from "./filter-bar.js";
import { FoundNotes } from "./found-notes.js";
import { Live } from "./live.js";
import { NoteList } from "./note-list.js";
import { Notice } from "./notice.js";
import { Reading } from "./reading.js";
import { NOTHING, activeFilters, addressOf, isSameSearch, readWish } from "./wish.js";

/** @import { CaptureView, Event, WholeNote } from "../messages.js" */
/** @import { Trouble } from "./note-list.js" */
/** @import { Wish } from "./wish.js" */

/** Milliseconds without a key until what was typed is looked for. */
const TYPED = 120;
/** Milliseconds for which events gather, until it is looked for the same again. */
const GATHERED = 300;
/** More notes that hold the words are not ranked. */
const MOST_RANKED = 5_000;

const browser = browserOf();
const daemon = new Daemon(new NativePort(() => browser.connectHost()));
const query = element("query", HTMLInputElement);
/** What is looked for and read now; the address says the same. */
let wish = readWish(location.search);
let typing = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
let gathering = typing;
let followed = /** @type {Unsettled | null} */ (null);
let isGreeted = false;
let isOffered = false;

localize(browser);
document.title = browser.text("library_title");
query.placeholder = browser.text("library_placeholder");
element("list", HTMLElement).ariaLabel = browser.text("library_list");

const found = new FoundNotes(daemon, () => showFound());
const list = new NoteList(found, browser, ({ id }) => change({ note: id }));
const filters = new FilterBar(browser, change);
const notice = new Notice();
const reading = new Reading(daemon, browser, {
  change,
  remove: (note) => void act(() => remove(note)),
  retry: (delivery) => void act(() => daemon.retry(delivery)),
});
const unsettled = new UnsettledList(browser, {
  retry: (delivery) => void act(() => daemon.retry(delivery)),
  resend: (capture) => void act(() => daemon.archive(capture, {})),
  discard: (capture) => void act(() => discard(capture)),
});
const live = new Live(daemon);

live.attend(hear);
query.addEventListener("input", typed);
query.addEventListener("compositionend", typed);
query.addEventListener("keydown", leaveQuery);
document.addEventListener("keydown", press);
window.addEventListener("popstate", () => move(readWish(location.search)));
document.addEventListener("visibilitychange", lookAgain);
element("trouble-retry", HTMLElement).addEventListener("click", lookAgain);
element("nothing-clear", HTMLElement).addEventListener("click", () => change({ ...NOTHING, note: wish.note }));

begin();

function begin() {
  const asked = wish;
  wish = NOTHING;
  void found.look(asked);
  move(asked);
  followed = new Unsettled(daemon, live, browser, showUnsettled);
  live.follow();
  query.focus();
}

/**
 * Wish for something else; the address goes with it. Going into a note is a step that can be taken
 * back.
 * @param {Partial<Wish>} changes
 */
function change(changes) {
  const wanted = { ...wish, ...changes };
  const isStep = wish.note === "" && wanted.note !== "";
  history[isStep ? "pushState" : "replaceState"](null, "", addressOf(wanted));
  move(wanted);
}

/** @param {Wish} wanted */
function move(wanted) {
  const before = wish;
  wish = wanted;
  if (!isSameSearch(before, wanted)) {
    list.toTop();
    void found.look(wanted);
  }
  if (query.value.trim() !== wanted.query) {
    query.value = wanted.query;
  }
  filters.show(wanted);
  if (before.note !== wanted.note) {
    document.body.toggleAttribute("data-reading", wanted.note !== "");
    list.mark(wanted.note);
    if (wanted.note === "") {
      reading.close();
      list.focus();
    } else {
      void reading.open(wanted.note);
    }
  }
}

/** @param {globalThis.Event} event */
function typed(event) {
  // What an input method has not settled yet is no word.
  if (event instanceof InputEvent && event.isComposing) {
    return;
  }
  clearTimeout(typing);
  typing = setTimeout(() => change({ query: query.value.trim() }), TYPED);
}

/** @param {KeyboardEvent} event */
function leaveQuery(event) {
  if (event.key === "ArrowDown" && !event.isComposing) {
    event.preventDefault();
    list.focus();
  }
}

/** @param {KeyboardEvent} event */
function press(event) {
  const isWriting = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
  if (event.key === "/" && !isWriting) {
    event.preventDefault();
    query.select();
  } else if (event.key === "Escape" && !isWriting && wish.note !== "") {
    change({ note: "" });
  }
}

/** @param {Event} event */
function hear(event) {
  if (event.type === "hello") {
    // The first comes while it is looked anyway; before another one something may have been missed.
    if (isGreeted) {
      lookSoon();
    }
    isGreeted = true;
    return;
  }
  if (event.type === "indexed" || event.type === "removed") {
    lookSoon();
  }
  if (event.capture === wish.note && event.type === "removed") {
    change({ note: "" });
  } else if (event.capture === wish.note) {
    void act(() => reading.look());
  }
}

function lookSoon() {
  gathering ??= setTimeout(() => {
    gathering = undefined;
    void found.again();
  }, GATHERED);
}

function lookAgain() {
  if (document.visibilityState === "visible") {
    live.follow();
    if (found.error !== null) {
      void found.again();
    }
  }
}

function showFound() {
  const { total, error, isLooking } = found;
  const isNothing = total === 0 && !isLooking;
  element("list", HTMLElement).ariaBusy = String(isLooking);
  if (total !== null && !isOffered) {
    // Not before: where the daemon does not answer, the list says why, once.
    isOffered = true;
    void act(async () => filters.offer(await daemon.backends()));
  }
  if (total !== null || error !== null) {
    element("count", HTMLElement).textContent = total === null ? "" : countOf(total);
  }
  element("list", HTMLElement).hidden = isNothing || error !== null;
  showNothing(isNothing);
  showTrouble(error);
  list.draw();
}

/** @param {number} total */
function countOf(total) {
  const number = total.toLocaleString(browser.language());
  const isCut = wish.query !== "" && total >= MOST_RANKED;
  return browser.text("library_count", [isCut ? `${number}+` : number]);
}

/** @param {boolean} isNothing */
function showNothing(isNothing) {
  const isSearch = wish.query !== "" || activeFilters(wish).length > 0;
  const { text } = browser;
  element("nothing", HTMLElement).hidden = !isNothing;
  element("nothing-told", HTMLElement).textContent = isSearch ? text("library_none") : text("library_empty");
  element("nothing-hint", HTMLElement).textContent = isSearch
    ? text("library_none_hint")
    : text("library_empty_hint");
  element("nothing-clear", HTMLElement).hidden = !isSearch;
}

/** @param {unknown} error */
function showTrouble(error) {
  element("trouble", HTMLElement).hidden = error === null;
  if (error !== null) {
    const { message, hint } = explain(error, browser.text);
    element("trouble-message", HTMLElement).textContent = message;
    element("trouble-hint", HTMLElement).textContent = hint;
  }
}

/**
 * @param {CaptureView[]} captures
 * @param {number} count
 */
function showUnsettled(captures, count) {
  unsettled.show(captures, count);
  list.showTroubles(new Map(captures.flatMap(troublesOf)));
}

/**
 * @param {CaptureView} capture
 * @returns {[string, Trouble][]}
 */
function troublesOf({ id, deliveries }) {
  const open = deliveries.filter(({ state, error }) => state === "rejected" || (state === "waiting" && error));
  const isRejected = open.some(({ state }) => state === "rejected");
  return open.length === 0 ? [] : [[id, isRejected ? "rejected" : "waiting"]];
}

/** @param {WholeNote} note */
async function remove(note) {
  const next = list.beside(note.id);
  await daemon.remove(note.id);
  change({ note: next?.id ?? "" });
  await found.again();
  list.focus();
  const places = note.places.map(({ backend, place }) => `${backend}: ${place}`).join(", ");
  const told = browser.text("library_removed", [note.title]);
  notice.tell(
    places === "" ? told : `${told} ${browser.text("library_stays", [places])}`,
    () => act(() => restore(note.id)),
  );
}

/** @param {string} capture */
async function discard(capture) {
  await daemon.discard(capture);
  followed?.look();
}

/** @param {string} id */
async function restore(id) {
  await daemon.restore(id);
  await found.again();
  change({ note: id });
}

/**
 * Do what the user asked for; why it failed is told.
 * @param {() => Promise<unknown>} does
 */
async function act(does) {
  try {
    await does();
  } catch (error) {
    const { message, hint } = explain(error, browser.text);
    notice.tell(`${message} ${hint}`);
  }
}
