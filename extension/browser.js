/**
 * The one place that touches `chrome.*`: evens out the differences between browsers, and is the seam
 * where tests put their own.
 *
 * Every `on…` adds its listener at once, so that a worker that wakes for an event hears it.
 */

import { formsOf } from "./browser-forms.js";
import { pagesOf, sitesOf } from "./browser-tabs.js";
import { launcherOf } from "./launcher/setting.js";
import { leaveOf } from "./leave.js";
import { Preferences } from "./preferences.js";

/** @import { Snapshot } from "./messages.js" */
/** @import { HostPort } from "./native-port.js" */

/**
 * A tab as far as we need to know it; without the permission for it, `url` is empty.
 * @typedef {object} Tab
 * @property {number} id
 * @property {string} url
 */

/**
 * What `snapshot.js` gives back; null when it broke off without a word.
 * @typedef {Snapshot | {error: {code: string, message: string}} | null} Injected
 */

/**
 * @typedef {object} BadgeLook
 * @property {string} text
 * @property {string} color
 * @property {string} title
 */

/**
 * `action` is the button in the toolbar.
 * @typedef {"page" | "selection" | "link" | "action"} MenuContext
 */

/**
 * An entry of the context menu; `targets`: match patterns, where it is for some links alone.
 * @typedef {{id: string, title: string, contexts: MenuContext[], targets?: string[]}} MenuEntry
 */

/** @typedef {ReturnType<typeof browserOf>} Browser */

const HOST = "guidang";
const SNAPSHOT = "/extension/snapshot.js";
const LIBRARY = "/extension/library/library.html";
/** Chromium's type leaves it out, but Firefox demands the field. */
const NO_TEXT = /** @type {undefined} */ (/** @type {unknown} */ (null));

export function browserOf(api = chrome) {
  const preferences = new Preferences(api);
  return {
    ...formsOf(api),

    /** The language and the theme that the user chose. */
    preferences,

    /** The language of the extension's texts: the browser's, or the chosen one. */
    language: () => preferences.language,

    /**
     * A text in that language; "" when there is none for the key.
     * @param {string} key
     * @param {string[]} [values]
     */
    text: (key, values = []) => preferences.text(key, values),

    /**
     * Run `snapshot.js` in a tab. The gesture behind it lets us.
     * @param {number} tab
     * @returns {Promise<Injected>}
     */
    async snapshot(tab) {
      /** @type {(chrome.scripting.InjectionResult<unknown> | null)[]} */
      const [injection] = await api.scripting.executeScript({
        target: { tabId: tab },
        files: [SNAPSHOT],
      });
      // Firefox says it so of its own pages, such as about:config.
      if (!injection) {
        throw new Error("Cannot access the tab: no frame of it took the script.");
      }
      /** @type {unknown} */
      const result = injection.result ?? null;
      return /** @type {Injected} */ (result);
    },

    /** The page with the bytes of all that it shows; not without the user's leave. */
    complete: completeOf(api),

    pages: pagesOf(api),
    sites: sitesOf(api),

    /**
     * The tab with this id, if it is still there.
     * @param {number} id
     * @returns {Promise<Tab | null>}
     */
    async tab(id) {
      try {
        return tabOf(await api.tabs.get(id));
      } catch (error) {
        throwUnlessNoTab(error);
        return null;
      }
    },

    /**
     * Bring a tab before the user.
     * @param {number} id
     * @returns {Promise<boolean>} Whether it is still there.
     */
    async showTab(id) {
      try {
        const tab = await api.tabs.update(id, { active: true });
        await api.windows.update(tab?.windowId ?? -1, { focused: true });
        return true;
      } catch (error) {
        throwUnlessNoTab(error);
        return false;
      }
    },

    /**
     * Show a badge on a tab, or on all others when *tab* is null; without a look, take it away.
     * @param {number | null} tab
     * @param {BadgeLook | null} look
     * @returns {Promise<boolean>} Whether the tab is still there.
     */
    async showBadge(tab, look) {
      const where = tab === null ? {} : { tabId: tab };
      try {
        await Promise.all([
          // Without a text of its own, a tab shows that of all; with an empty one it shows none.
          api.action.setBadgeText({ ...where, text: look?.text ?? (tab === null ? "" : NO_TEXT) }),
          api.action.setTitle({ ...where, title: look?.title ?? "" }),
          look && api.action.setBadgeBackgroundColor({ ...where, color: look.color }),
          look && api.action.setBadgeTextColor({ ...where, color: "#ffffff" }),
        ]);
        return true;
      } catch (error) {
        throwUnlessNoTab(error);
        return false;
      }
    },

    /** @returns {HostPort} */
    connectHost() {
      const port = api.runtime.connectNative(HOST);
      return {
        send: (frame) => port.postMessage(frame),
        close: () => port.disconnect(),
        onFrame: (receive) => port.onMessage.addListener(receive),
        onClose: (closed) =>
          port.onDisconnect.addListener(() => closed(closeReason(api, port))),
      };
    },

    /** For this session of the browser. */
    session: storageOf(api.storage.session),
    /** Beyond it. */
    local: storageOf(api.storage.local),

    /** The library, in a tab of its own. */
    async openLibrary() {
      await api.tabs.create({ url: api.runtime.getURL(LIBRARY) });
    },

    /**
     * @param {(isNew: boolean) => void} listener - The extension is new here, or has a new version.
     * One that a developer loads for a while is never new: Firefox has to be given it at each start.
     */
    onInstalled: (listener) =>
      api.runtime.onInstalled.addListener((details) => {
        const { reason, temporary } = /** @type {{reason: string, temporary?: boolean}} */ (details);
        listener(reason === "install" && temporary !== true);
      }),

    /**
     * Show a page of the extension in a new tab.
     * @param {string} path
     */
    openPage: (path) => api.tabs.create({ url: api.runtime.getURL(path) }),

    /** "linux", "mac", "win" and the like. */
    system: async () => (await api.runtime.getPlatformInfo()).os,

    shortcuts: shortcutsOf(api),

    /** Notifications of the system; not without the user's leave. */
    notices: noticesOf(api),

    /** The button in the pages themselves; not without the user's leave. */
    launcher: launcherOf(api, preferences),

    /** @param {() => void} listener - The browser has started. */
    onStartup: (listener) => api.runtime.onStartup.addListener(listener),

    /** @param {(command: string, tab: Tab) => void} listener */
    onCommand: (listener) =>
      api.commands.onCommand.addListener((command, tab) => {
        if (tab?.id !== undefined) {
          listener(command, tabOf(tab));
        }
      }),

    /** @param {(entry: string, tab: Tab, link: string) => void} listener - With its address, or "". */
    onMenu: (listener) =>
      api.contextMenus.onClicked.addListener((info, tab) => {
        if (tab?.id !== undefined) {
          listener(String(info.menuItemId), tabOf(tab), info.linkUrl ?? "");
        }
      }),

    /**
     * Put these entries, and no others, into the context menu.
     * @param {MenuEntry[]} entries
     */
    async setMenu(entries) {
      await api.contextMenus.removeAll();
      for (const { id, title, contexts, targets } of entries) {
        const links = targets === undefined ? {} : { targetUrlPatterns: targets };
        api.contextMenus.create({ id, title, contexts: contextsOf(contexts), ...links });
      }
    },
  };
}

/**
 * @param {chrome.tabs.Tab} tab
 * @returns {Tab}
 */
function tabOf(tab) {
  return { id: tab.id ?? -1, url: tab.url ?? "" };
}

/** @param {unknown} error */
function throwUnlessNoTab(error) {
  if (!/No tab with id|Invalid tab ID/i.test(String(error))) {
    throw error;
  }
}

/**
 * Chromium's type demands at least one context.
 * @param {MenuContext[]} contexts
 */
function contextsOf([first = "page", ...others]) {
  return /** @type {[typeof first, ...typeof others]} */ ([first, ...others]);
}

/**
 * Why a port closed: Firefox says it on the port, Chromium in a place of its own.
 * @param {typeof chrome} api
 * @param {chrome.runtime.Port & {error?: {message: string} | null}} port
 */
function closeReason(api, port) {
  return port.error?.message ?? api.runtime.lastError?.message ?? "";
}

/** @param {typeof chrome} api */
function completeOf(api) {
  return {
    ...leaveOf(api, { permissions: ["pageCapture"] }),

    /** Whether this browser has it at all; Firefox leaves out of the manifest what it does not know. */
    isThere: () => api.runtime.getManifest().optional_permissions?.includes("pageCapture") ?? false,

    /**
     * What a tab shows, as MHTML (RFC 2557).
     * @param {number} tab
     */
    take: (tab) => api.pageCapture.saveAsMHTML({ tabId: tab }),
  };
}

/** @param {typeof chrome} api */
function noticesOf(api) {
  const leave = leaveOf(api, { permissions: ["notifications"] });
  return {
    ...leave,

    /**
     * Show one, in place of the one with this id.
     * @param {string} id
     * @param {{title: string, message: string}} told
     */
    async show(id, told) {
      const iconUrl = api.runtime.getURL("extension/icons/128.png");
      await api.notifications.create(id, { type: "basic", iconUrl, ...told });
    },

    /** @param {string} id */
    hide: (id) => api.notifications.clear(id),

    /** @param {(id: string) => void} listener - It was clicked. */
    onClick(listener) {
      // Without the leave, the browser does not offer them at all.
      const offered = () => /** @type {Partial<typeof api>} */ (api).notifications;
      offered()?.onClicked.addListener(listener);
      leave.onChange(() => offered()?.onClicked.addListener(listener));
    },
  };
}

/**
 * The keys of our commands, and the page on which the browser lets them be changed.
 * @param {typeof chrome} api
 */
function shortcutsOf(api) {
  const commands = /** @type {typeof api.commands & {openShortcutSettings?: () => Promise<void>}} */ (
    api.commands
  );
  return {
    /** @returns {Promise<{name: string, keys: string}[]>} With "" for one that has no keys. */
    all: async () =>
      (await commands.getAll()).map(({ name, shortcut }) => ({
        name: name ?? "",
        keys: shortcut ?? "",
      })),

    /** Firefox has a call for its page, Chromium an address. */
    async change() {
      await (commands.openShortcutSettings?.() ??
        api.tabs.create({ url: "chrome://extensions/shortcuts" }));
    },
  };
}

/** @param {chrome.storage.StorageArea} area */
function storageOf(area) {
  return {
    /**
     * @param {string} key
     * @returns {Promise<unknown>}
     */
    get: async (key) => (await area.get(key))[key],
    /**
     * @param {string} key
     * @param {unknown} value
     */
    set: (key, value) => area.set({ [key]: value }),
  };
}
