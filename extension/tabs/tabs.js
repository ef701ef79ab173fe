/** The tabs of a window: which of them are archived, and how far each is. */

import { ALL_SITES } from "../browser-tabs.js";
import { browserOf } from "../browser.js";
import { element, localize } from "../elements.js";
import { readTabsMessage } from "../messages.js";
import { TabRow } from "./tab-row.js";

/** @import { TabResult } from "../messages.js" */

const browser = browserOf();
const { pages, sites } = browser;
const background = browser.connectTabs();
const ask = element("ask", HTMLElement);
const choice = element("choice", HTMLFormElement);
const all = element("all", HTMLInputElement);
const archive = element("archive", HTMLButtonElement);

/** @type {Map<number, TabRow>} By their tabs, in the order of the window. */
let rows = new Map();
/** @type {TabResult[]} */
let results = [];

localize(browser);
document.title = browser.text("menu_tabs");
background.onMessage((message) => {
  results = readTabsMessage(message, "message")?.results ?? results;
  rows.forEach((row) => row.show(results));
  count();
});
// Only its end closes it, and then this page has to ask the next one.
background.onClose(() => location.reload());
element("allow", HTMLButtonElement).addEventListener("click", () => void allow());
element("forget", HTMLButtonElement).addEventListener("click", () => {
  void sites.forbid(ALL_SITES).then(show);
});
all.addEventListener("change", () => {
  rows.forEach((row) => row.choose(all.checked));
  count();
});
choice.addEventListener("change", count);
choice.addEventListener("submit", (event) => {
  event.preventDefault();
  background.send({ type: "archive", tabs: chosen().map(({ id }) => id) });
  rows.forEach((row) => row.choose(false));
  count();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") {
    void show();
  }
});
await show();

async function allow() {
  const isAllowed = await sites.allow(ALL_SITES);
  element("denied", HTMLElement).textContent = isAllowed ? "" : browser.text("tabs_denied");
  await show();
}

/** The list where it may be had, or else what asks for it. */
async function show() {
  const isAllowed = await sites.isAllowed(ALL_SITES);
  ask.hidden = isAllowed;
  choice.hidden = !isAllowed;
  if (isAllowed) {
    await list();
  }
}

/** The tabs as they are now; what was chosen stays so. */
async function list() {
  const tabs = await pages.ofWindow();
  const known = rows;
  rows = new Map(
    tabs.map((tab) => {
      const row = new TabRow(tab, browser, (request) => background.send(request));
      row.show(results, known.get(tab.id)?.isChosen ?? null);
      return [tab.id, row];
    }),
  );
  element("list", HTMLElement).replaceChildren(...[...rows.values()].map((row) => row.element));
  element("none", HTMLElement).hidden = tabs.length > 0;
  element("bar", HTMLElement).hidden = tabs.length === 0;
  count();
}

function chosen() {
  return [...rows.values()].filter(({ isChosen }) => isChosen);
}

function count() {
  const { length } = chosen();
  const free = [...rows.values()].filter(({ isFree }) => isFree).length;
  archive.disabled = length === 0;
  archive.textContent = actionFor(length);
  all.checked = length > 0 && length === free;
  all.indeterminate = length > 0 && length < free;
  all.disabled = free === 0;
}

/** @param {number} tabs - That are chosen. */
function actionFor(tabs) {
  if (tabs === 0) {
    return browser.text("form_archive");
  }
  return tabs === 1 ? browser.text("tabs_archive_one") : browser.text("tabs_archive", [String(tabs)]);
}
