/** What happens, for as long as the page is open: connected again whenever the connection breaks. */

import { hasCode } from "../errors.js";

/** @import { Daemon } from "../daemon.js" */
/** @import { Event } from "../messages.js" */

/** Pauses between attempts, in milliseconds; the last one stays. */
const PAUSES = [200, 1_000, 5_000, 15_000, 30_000];
/** A person has to mend these first, and then loads the page or looks at it again. */
const HOPELESS = ["host-broken", "host-forbidden", "host-missing", "versions-differ"];

export class Live {
  /** @type {Set<(event: Event) => void>} */
  #attending = new Set();
  #isFollowing = false;

  /**
   * @param {Pick<Daemon, "events">} daemon
   * @param {number[]} [pauses]
   */
  constructor(daemon, pauses = PAUSES) {
    this.daemon = daemon;
    this.pauses = pauses;
  }

  /**
   * Hear of every event, `hello` too: events before it may have been missed. Returns what ends it.
   * @param {(event: Event) => void} listener
   */
  attend(listener) {
    this.#attending.add(listener);
    return () => void this.#attending.delete(listener);
  }

  /** Follow, if nobody does. */
  follow() {
    if (!this.#isFollowing) {
      this.#isFollowing = true;
      void this.#follow().finally(() => (this.#isFollowing = false));
    }
  }

  async #follow() {
    for (let failures = 0; ; failures++) {
      try {
        for await (const event of this.daemon.events(new AbortController().signal)) {
          failures = 0;
          for (const listener of this.#attending) {
            listener(event);
          }
        }
      } catch (error) {
        if (hasCode(error, ...HOPELESS)) {
          return; // the list says why: it has asked as well
        }
      }
      const pause = this.pauses[Math.min(failures, this.pauses.length - 1)];
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
