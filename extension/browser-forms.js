/**
 * The part of `browser.js` that shows the form, and joins it and the list of tabs to the background.
 */

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
