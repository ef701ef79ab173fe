/**
 * The part of `browser.js` that shows the form, as a tab or beside the page, and joins it and the list
 * of tabs to the background.
 */

import { leaveOf } from "./leave.js";

/** @import { FormRequest, TabsRequest } from "./messages.js" */

/**
 * A connection to an open page of ours.
 * @typedef {object} FormPort
 * @property {(state: object) => void} send
 * @property {(receive: (request: unknown) => void) => void} onRequest
 * @property {(closed: () => void) => void} onClose
 */

/**
 * The same from its side.
 * @template Request
 * @typedef {object} BackgroundPort
 * @property {(request: Request) => void} send
 * @property {(receive: (message: unknown) => void) => void} onMessage
 * @property {(closed: () => void) => void} onClose
 */

const PAGE = "extension/popup/popup.html";
const FORM = "form";
const TABS = "tabs";
/** Kept for as long as the extension has not been loaded anew. */
const JUST_ALLOWED = "panel-just-allowed";

/** @param {typeof chrome} api */
export function formsOf(api) {
  return {
    /**
     * The tab that the user looks at; for the form.
     * @returns {Promise<number>}
     */
    async activeTab() {
      const [tab] = await api.tabs.query({ active: true, currentWindow: true });
      return tab?.id ?? -1;
    },

    /**
     * Show the form of a tab in a tab of its own.
     * @param {number} tab
     */
    async openForm(tab) {
      await api.tabs.create({ url: api.runtime.getURL(`${PAGE}?tab=${tab}`) });
    },

    /** The side panel, in which the form stands beside the page. */
    panel: panelOf(api),

    /**
     * For the form: a connection to the background.
     * @returns {BackgroundPort<FormRequest>}
     */
    connectBackground: () => backgroundPortOf(api.runtime.connect({ name: FORM })),

    /**
     * The same for the page with the tabs of a window.
     * @returns {BackgroundPort<TabsRequest>}
     */
    connectTabs: () => backgroundPortOf(api.runtime.connect({ name: TABS })),

    /** @param {(port: FormPort) => void} listener */
    onForm: (listener) =>
      api.runtime.onConnect.addListener((port) => {
        if (port.name === FORM) {
          listener(formPortOf(port));
        }
      }),

    /** @param {(port: FormPort) => void} listener - The page with the tabs of a window is open. */
    onTabs: (listener) =>
      api.runtime.onConnect.addListener((port) => {
        if (port.name === TABS) {
          listener(formPortOf(port));
        }
      }),
  };
}

/** @param {typeof chrome} api */
function panelOf(api) {
  const leave = leaveOf(api, { permissions: ["sidePanel"] });

  /** With the leave, and since before the extension was loaded. */
  const isReady = async () =>
    (await leave.isAllowed()) && !(JUST_ALLOWED in (await api.storage.session.get(JUST_ALLOWED)));

  return {
    /**
     * Whether the window can have one: a web app's cannot, and Firefox leaves out of the manifest what
     * it does not know.
     */
    async isThere() {
      const isKnown = api.runtime.getManifest().optional_permissions?.includes("sidePanel");
      return isKnown === true && (await api.windows.getCurrent()).type === "normal";
    },

    /**
     * Show a capture beside the page of its tab, and beside no other; only in a click of the user's,
     * who is asked for the leave in the first one.
     * @param {number} tab
     * @param {string} capture
     * @returns {Promise<boolean>} False: the leave is new. A panel opened now ends Chromium (156), which
     *   makes the place for it when a tab is made or the extension is loaded, and not when it is allowed.
     */
    async open(tab, capture) {
      if (!(await isReady())) {
        await api.storage.session.set({ [JUST_ALLOWED]: true });
        await leave.allow();
        return false;
      }
      const path = `${PAGE}?${String(new URLSearchParams({ tab: String(tab), panel: capture }))}`;
      await api.sidePanel.setOptions({ tabId: tab, path, enabled: true });
      await api.sidePanel.open({ tabId: tab });
      return true;
    },
  };
}

/**
 * @param {chrome.runtime.Port} port
 * @returns {BackgroundPort<object>}
 */
function backgroundPortOf(port) {
  return {
    send: (request) => port.postMessage(request),
    onMessage: (receive) => port.onMessage.addListener(receive),
    onClose: (closed) => port.onDisconnect.addListener(() => closed()),
  };
}

/**
 * @param {chrome.runtime.Port} port
 * @returns {FormPort}
 */
function formPortOf(port) {
  return {
    send: (state) => port.postMessage(state),
    onRequest: (receive) => port.onMessage.addListener(receive),
    onClose: (closed) => port.onDisconnect.addListener(() => closed()),
  };
}
