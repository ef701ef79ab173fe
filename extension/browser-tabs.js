/** The part of `browser.js` that opens, closes and lists tabs, and asks to read the pages in them. */

/** @import { Tab } from "./browser.js" */

/**
 * A tab of the window, as its list shows it; without the permission for it, `url` and `title` are
 * empty. `asleep`: the browser has let its page go until somebody looks.
 * @typedef {Tab & {title: string, asleep: boolean}} ListedTab
 */

const QUIET = "/extension/quiet.js";
const LIST = "extension/tabs/tabs.html";
/** Milliseconds after which a page is taken as far as it has loaded. */
const LOADING = 30_000;
/** Within which a page begins to load. */
const BEGINNING = 2_000;

/** Pages of all sites, as far as a person may ever let us read them. */
export const ALL_SITES = ["http://*/*", "https://*/*"];

/** @param {typeof chrome} api */
export function sitesOf(api) {
  return {
    /**
     * Ask the user for the leave to read these pages; only in a gesture of his, before all else.
     * @param {string[]} origins - As match patterns.
     */
    allow: (origins) => api.permissions.request({ origins }),

    /** @param {string[]} origins */
    isAllowed: (origins) => api.permissions.contains({ origins }),

    /** @param {string[]} origins */
    forbid: (origins) => api.permissions.remove({ origins }),
  };
}

/** @param {typeof chrome} api */
export function pagesOf(api) {
  return {
    /**
     * Open a page beside a tab, behind it.
     * @param {string} url
     * @param {number} opener
     * @returns {Promise<number>} The new tab.
     */
    async openBehind(url, opener) {
      const { windowId, index } = await api.tabs.get(opener);
      const place = { windowId, index: index + 1, openerTabId: opener };
      const { id = -1, status } = await api.tabs.create({ url, active: false, ...place });
      // In Firefox a new tab may have its empty page yet, which has loaded.
      await (status === "complete" ? heard(api, id, "loading", BEGINNING) : null);
      return id;
    },

    /**
     * Hear that a tab may show another page; returns what ends it.
     * @param {number} id
     * @param {() => void} listener
     */
    onChange(id, listener) {
      /** @type {(tab: number) => void} */
      const changed = (tab) => (tab === id ? listener() : undefined);
      api.tabs.onUpdated.addListener(changed);
      return () => api.tabs.onUpdated.removeListener(changed);
    },

    /**
     * Close a tab, if it is still there.
     * @param {number} id
     */
    async close(id) {
      await api.tabs.remove(id).catch(() => {}); // the user was faster
    },

    /**
     * Wait until the page of a tab has loaded and is quiet, or has had its time; one that is asleep
     * loads anew.
     * @param {number} id
     */
    async settled(id) {
      const { discarded, status } = await api.tabs.get(id);
      const isAsleep = discarded || status === "unloaded";
      const loading = isAsleep || status !== "complete" ? heard(api, id, "complete", LOADING) : null;
      if (isAsleep) {
        await api.tabs.reload(id);
      }
      await loading;
      const injection = { target: { tabId: id }, files: [QUIET] };
      await api.scripting.executeScript(injection).catch(() => {}); // the capture tells why
    },

    /**
     * The tabs of the window in which this page is, but for its own.
     * @returns {Promise<ListedTab[]>}
     */
    async ofWindow() {
      const own = await api.tabs.getCurrent();
      const tabs = await api.tabs.query({ currentWindow: true });
      return tabs.filter(({ id }) => id !== own?.id).map(listed);
    },

    /** The page that lists them, in a tab of its own. */
    async openList() {
      await api.tabs.create({ url: api.runtime.getURL(LIST) });
    },
  };
}

/**
 * Wait until the browser says this of a tab, the tab is gone, or the time is over.
 * @param {typeof chrome} api
 * @param {number} id
 * @param {"loading" | "complete"} awaited
 * @param {number} limit - Milliseconds.
 */
async function heard(api, id, awaited, limit) {
  /** @type {PromiseWithResolvers<void>} */
  const { promise, resolve } = Promise.withResolvers();
  /** @type {(tab: number, change: {status?: string}) => void} */
  const changed = (tab, { status }) => (tab === id && status === awaited ? resolve() : undefined);
  /** @type {(tab: number) => void} */
  const removed = (tab) => (tab === id ? resolve() : undefined);
  const timer = setTimeout(resolve, limit);
  api.tabs.onUpdated.addListener(changed);
  api.tabs.onRemoved.addListener(removed);
  await promise;
  clearTimeout(timer);
  api.tabs.onUpdated.removeListener(changed);
  api.tabs.onRemoved.removeListener(removed);
}

/**
 * @param {chrome.tabs.Tab} tab
 * @returns {ListedTab}
 */
function listed({ id = -1, url = "", title = "", discarded, status }) {
  return { id, url, title, asleep: discarded || status === "unloaded" };
}
