/** How far a new user is, by what the daemon answers; it knows no document. */

import { explain, hasCode } from "../errors.js";

/** @import { Browser } from "../browser.js" */
/** @import { Daemon } from "../daemon.js" */
/** @import { ErrorInfo } from "../messages.js" */

/**
 * - `looking`: nothing is known yet.
 * - `missing`: the program is not there, or this browser does not know of it.
 * - `failing`: it is there and does not work; `error` says why.
 * - `ready`: it answers; no page was archived yet.
 * - `done`: one was.
 * @typedef {{stage: "looking" | "missing" | "failing" | "ready" | "done",
 *   error: ErrorInfo | null}} Progress
 */

/** Between two looks, in milliseconds: who installs the program need not come back and click. */
const PAUSE = 1500;

/** @typedef {Pick<Daemon, "status">} Asked */

/**
 * Look until the first page is archived, and tell what changes.
 * @param {() => Asked} connect - A new connection: a host that was not there is started anew.
 * @param {Pick<Browser, "text">} browser
 * @param {(progress: Progress) => void} show
 * @param {() => Promise<void>} [rest]
 */
export async function followProgress(connect, browser, show, rest = pause) {
  let daemon = connect();
  let told = "";
  for (;;) {
    const progress = await progressOf(daemon, browser);
    const now = JSON.stringify(progress);
    if (now !== told) {
      told = now;
      show(progress);
    }
    if (progress.stage === "done") {
      return;
    }
    if (progress.error !== null) {
      daemon = connect();
    }
    await rest();
  }
}

/**
 * @param {Asked} daemon
 * @param {Pick<Browser, "text">} browser
 * @returns {Promise<Progress>}
 */
async function progressOf(daemon, { text }) {
  try {
    const { captures } = await daemon.status();
    return { stage: (captures.archived ?? 0) > 0 ? "done" : "ready", error: null };
  } catch (error) {
    const stage = hasCode(error, "host-missing", "host-forbidden") ? "missing" : "failing";
    return { stage, error: explain(error, text) };
  }
}

/** @returns {Promise<void>} */
function pause() {
  return new Promise((resolve) => setTimeout(resolve, PAUSE));
}

/**
 * What registers the program with this browser, in a terminal in its folder.
 * @param {string} system - As `runtime.getPlatformInfo` calls it.
 */
export function commandFor(system) {
  return system === "win"
    ? [
        "py -m venv .venv",
        ".venv\\Scripts\\pip install -e .",
        ".venv\\Scripts\\guidang install",
      ].join("\n")
    : "make install";
}
