import assert from "node:assert/strict";
import { test } from "node:test";

import { formsOf } from "../../../extension/browser-forms.js";

/** A browser whose user grants what is asked for; `calls` is what was done, in its order. */
function granting({ isAllowed = false, manifest = ["sidePanel"], windowType = "normal" } = {}) {
  /** @type {Map<string, unknown>} */
  const session = new Map();
  /** @type {unknown[]} */
  const calls = [];
  const note = (/** @type {unknown} */ call) => Promise.resolve(void calls.push(call));
  const api = {
    runtime: { getManifest: () => ({ optional_permissions: manifest }) },
    windows: { getCurrent: () => Promise.resolve({ type: windowType }) },
    permissions: {
      contains: () => Promise.resolve(isAllowed),
      request: async (/** @type {object} */ asked) => {
        await note(asked);
        return (isAllowed = true);
      },
    },
    storage: {
      session: {
        get: (/** @type {string} */ key) =>
          Promise.resolve(session.has(key) ? { [key]: session.get(key) } : {}),
        set: (/** @type {object} */ values) => {
          Object.entries(values).forEach(([key, value]) => void session.set(key, value));
          return note("remembered");
        },
      },
    },
    sidePanel: {
      setOptions: (/** @type {object} */ options) => note(options),
      open: (/** @type {object} */ where) => note(where),
    },
  };
  const { panel } = formsOf(/** @type {typeof chrome} */ (/** @type {unknown} */ (api)));
  return { panel, session, calls };
}

const OPENED = [
  { tabId: 7, path: "extension/popup/popup.html?tab=7&panel=ID", enabled: true },
  { tabId: 7 },
];

test("the side panel opens for its tab alone", async () => {
  const { panel, calls } = granting({ isAllowed: true });

  assert.equal(await panel.open(7, "ID"), true);

  assert.deepEqual(calls, OPENED);
});

test("the click that allows the side panel opens none, nor does any before the next load", async () => {
  const { panel, session, calls } = granting();

  assert.equal(await panel.open(7, "ID"), false);
  // Remembered first: whoever sees the leave sees also that it is new.
  assert.deepEqual(calls, ["remembered", { permissions: ["sidePanel"] }]);
  assert.equal(await panel.open(7, "ID"), false);
  assert.equal(calls.length, 4);

  session.clear(); // as the browser does when it loads the extension
  assert.equal(await panel.open(7, "ID"), true);
  assert.deepEqual(calls.slice(-2), OPENED);
});

test("the side panel is offered where the browser and the window can have one", async () => {
  const all = [{}, { manifest: ["notifications"] }, { windowType: "popup" }];

  const offered = await Promise.all(all.map((each) => granting(each).panel.isThere()));

  assert.deepEqual(offered, [true, false, false]);
});
