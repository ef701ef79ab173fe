/**
 * The launcher, a button in the pages themselves: whether the user wants it, and what the pages' side
 * has to know. All of it lies in the extension's storage, so that no page that loads wakes the worker.
 */

import { leaveOf } from "../leave.js";
import { list, optional, text } from "../readers.js";

/** @import { Preferences } from "../preferences.js" */
/** @import { Tab } from "../browser.js" */

/** Whether it is wanted, its texts and its theme. */
const KEY = "launcher";
/** The sites on which it is hidden. */
const HIDDEN = "launcher-hidden";

const PAGES = ["http://*/*", "https://*/*"];
const FILE = "extension/launcher/launcher.js";

const readSites = optional(list(text), []);

/**
 * @param {typeof chrome} api
 * @param {Preferences} preferences
 */
export function launcherOf(api, preferences) {
  const leave = leaveOf(api, { origins: PAGES });
  let settling = Promise.resolve();

  /** What the launcher in a page goes by; null when it is not wanted. */
  const wanted = async () => (await api.storage.local.get(KEY))[KEY] ?? null;

  const isAllowed = async () => (await wanted()) !== null && (await leave.isAllowed());

  const keep = () =>
    api.storage.local.set({
      [KEY]: {
        archive: preferences.text("launcher_archive", []),
        hide: preferences.text("launcher_hide", []),
        sending: preferences.text("badge_sending", []),
        accepted: preferences.text("badge_accepted", []),
        theme: preferences.chosen.theme,
      },
    });

  const settle = async () => {
    const registered = await api.scripting.getRegisteredContentScripts({ ids: [KEY] });
    const [isThere, isMeant] = [registered.length > 0, await isAllowed()];
    if (isMeant && !isThere) {
      await api.scripting.registerContentScripts([
        { id: KEY, js: [FILE], matches: PAGES, runAt: "document_idle" },
      ]);
      await addToOpenPages(api);
    } else if (!isMeant && isThere) {
      await api.scripting.unregisterContentScripts({ ids: [KEY] });
    }
  };

  return {
    isAllowed,

    /** Ask the user; only in a click of his. */
    async allow() {
      const isAllowedNow = await leave.allow();
      if (isAllowedNow) {
        await keep();
      }
      return isAllowedNow;
    },

    /** It goes from all pages at once. */
    async forbid() {
      await api.storage.local.remove(KEY);
      return leave.forbid();
    },

    /** @param {() => void} listener */
    onChange(listener) {
      leave.onChange(listener);
      api.storage.local.onChanged.addListener((changes) => {
        if (KEY in changes || HIDDEN in changes) {
          listener();
        }
      });
    },

    /** See that pages have it, or have it no longer, as the user wants. */
    settle() {
      settling = settling.then(settle, settle);
      return settling;
    },

    /** Its texts in the language of now. */
    async relabel() {
      if ((await wanted()) !== null) {
        await keep();
      }
    },

    /** The sites on which the user has hidden it. */
    hidden: async () => readSites((await api.storage.local.get(HIDDEN))[HIDDEN], HIDDEN),

    /** @param {string} site */
    async showOn(site) {
      const sites = readSites((await api.storage.local.get(HIDDEN))[HIDDEN], HIDDEN);
      await api.storage.local.set({ [HIDDEN]: sites.filter((each) => each !== site) });
    },

    /**
     * @param {(tab: Tab) => Promise<string>} listener - It was pressed in a page; what is told of it
     *   there: why nothing was sent, or "".
     */
    onPress(listener) {
      api.runtime.onMessage.addListener((message, sender, answer) => {
        const { tab } = sender;
        if (message !== KEY || sender.id !== api.runtime.id || tab?.id === undefined) {
          return false;
        }
        void listener({ id: tab.id, url: tab.url ?? "" }).then(answer);
        return true; // the answer comes later
      });
    },
  };
}

/**
 * The pages that were open before it was wanted.
 * @param {typeof chrome} api
 */
async function addToOpenPages(api) {
  const tabs = await api.tabs.query({ url: PAGES });
  const adding = tabs.map(({ id = -1 }) =>
    api.scripting.executeScript({ target: { tabId: id }, files: [FILE] }),
  );
  await Promise.allSettled(adding); // some let no extension in
}
