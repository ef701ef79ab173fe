/**
 * What is under way: which captures were sent off, from which tab, and how far they are.
 *
 * It is kept in the browser's session storage, because a worker may end at any time, and the ids of
 * what is not settled also beyond the session. While something is not settled, the daemon's events
 * are followed, also of what waits for a person, who may mend it elsewhere; after every (re)connect
 * the daemon is asked for all of it, so a missed event harms nothing.
 */

import { ExtensionError, RefusedError, explain, hasCode } from "./errors.js";
import { list, optional, text } from "./readers.js";
import {
  applied,
  begun,
  fromView,
  isPending,
  isUnsettled,
  lost,
  outcome,
  readTracked,
} from "./tracking.js";

/** @import { Browser } from "./browser.js" */
/** @import { Daemon } from "./daemon.js" */
/** @import { Capture, CaptureView, Event } from "./messages.js" */
/** @import { Tracked } from "./tracking.js" */

const CAPTURES = "captures";
const UNDELIVERED = "undelivered";
/** Finished ones are remembered for the form and the badge; older ones are let go. */
const REMEMBERED = 50;

/** Pauses between attempts to follow, in milliseconds; after the last one it waits for an occasion. */
const PAUSES = [200, 1_000, 5_000, 15_000, 30_000];
/** A person has to mend these first. */
const HOPELESS = ["host-broken", "host-forbidden", "host-missing", "versions-differ"];

const readCaptures = optional(list(readTracked), []);
const readIds = optional(list(text), []);

export class Deliveries {
  /** @type {Map<string, Tracked>} In the order of their beginning. */
  #captures = new Map();
  /** Captures whose sending is in this worker's hands. */
  #sending = new Set();
  /** Drafts that an open form waits for. */
  #watched = new Set();
  /** @type {Set<() => void>} Forms that want to hear of every event. */
  #attending = new Set();
  /** @type {Set<(tracked: Tracked) => void>} */
  #listeners = new Set();
  /** @type {Promise<void> | null} */
  #loaded = null;
  #following = false;
  #connection = new AbortController();
  /** The write of what is known that has begun last, and the one that will follow it. */
  #writing = Promise.resolve();
  /** @type {Promise<void> | null} */
  #nextWrite = null;
  #undelivered = "";

  /**
   * @param {Pick<Daemon, "send" | "view" | "unsettled" | "events" | "wake">} daemon
   * @param {Pick<Browser, "session" | "local" | "text">} browser
   * @param {number[]} [pauses]
   */
  constructor(daemon, browser, pauses = PAUSES) {
    this.daemon = daemon;
    this.browser = browser;
    this.pauses = pauses;
  }

  /**
   * Hear of every change; returns what ends it.
   * @param {(tracked: Tracked) => void} listener
   */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A page is being read: its capture comes in a moment, and the host starts meanwhile. */
  expect() {
    this.daemon.wake();
  }

  /**
   * Send a capture to the daemon, and follow it from there.
   * @param {Capture} capture
   * @param {number} tab
   * @throws {ExtensionError} It did not arrive; this is remembered as well.
   */
  async send(capture, tab) {
    await this.#load();
    this.#sending.add(capture.id);
    const kept = this.#keep(begun(capture, tab));
    try {
      const [{ id, state, earlier }] = await Promise.all([this.daemon.send(capture), kept]);
      const before = earlier?.archived_at ?? null;
      await this.#change(id, (tracked) => ({ ...tracked, state, earlier: before }));
    } catch (error) {
      const info = explain(error, this.browser.text);
      await this.#change(capture.id, (tracked) => lost(tracked, info));
      throw error;
    } finally {
      this.#sending.delete(capture.id);
    }
    this.#follow();
  }

  /**
   * Take over what the daemon says of a capture that was sent from a tab.
   * @param {CaptureView} view
   * @param {number} tab
   */
  async take(view, tab) {
    await this.#load();
    await this.#keep(fromView(view, { tab, earlier: null }));
    this.#follow();
  }

  /**
   * Follow a draft too, while a form shows it; returns what ends it.
   * @param {string} id
   */
  watch(id) {
    this.#watched.add(id);
    this.#follow();
    return () => {
      this.#watched.delete(id);
      this.#leave();
    };
  }

  /**
   * Hear that something happened, to whichever capture; returns what ends it.
   * @param {() => void} listener
   */
  attend(listener) {
    this.#attending.add(listener);
    this.#follow();
    return () => {
      this.#attending.delete(listener);
      this.#leave();
    };
  }

  /** The newest capture that the daemon has and that needs a person, or null. */
  get failure() {
    const captures = [...this.#captures.values()];
    return captures.findLast((each) => isUnsettled(each) && outcome(each) === "failed") ?? null;
  }

  /**
   * The last capture of this page in this tab.
   * @param {number} tab
   * @param {string} url
   */
  async latest(tab, url) {
    await this.#load();
    return [...this.#captures.values()].findLast((each) => each.tab === tab && each.url === url);
  }

  /** What is known of the captures that came from tabs, in the order of their beginning. */
  async known() {
    await this.#load();
    return [...this.#captures.values()].filter(({ tab }) => tab !== null);
  }

  /**
   * What is known of a capture.
   * @param {string} id
   */
  async of(id) {
    await this.#load();
    return this.#captures.get(id);
  }

  /** @param {string} id */
  async forget(id) {
    await this.#load();
    this.#captures.delete(id);
    await this.#save();
  }

  /** Let go what never reached the daemon: somebody has looked. */
  async forgetLost() {
    await this.#load();
    const gone = [...this.#captures.values()].filter(({ state }) => state === "lost");
    for (const { id } of gone) {
      await this.forget(id);
    }
  }

  /** Take up what an earlier worker, or an earlier session of the browser, left under way. */
  async resume() {
    await this.#load();
    for (const tracked of this.#captures.values()) {
      this.#tell(tracked);
    }
    this.#follow();
  }

  #load() {
    this.#loaded ??= this.#read();
    return this.#loaded;
  }

  async #read() {
    for (const tracked of readCaptures(await this.browser.session.get(CAPTURES), CAPTURES)) {
      this.#captures.set(tracked.id, tracked);
    }
    // From an earlier session: tab ids mean other tabs now, and the rest the daemon knows.
    const undelivered = readIds(await this.browser.local.get(UNDELIVERED), UNDELIVERED);
    this.#undelivered = undelivered.join();
    for (const id of undelivered) {
      if (!this.#captures.has(id)) {
        this.#captures.set(id, { ...begun({ id, url: "", title: "" }, null), state: "accepted" });
      }
    }
  }

  /** @param {Tracked} tracked */
  async #keep(tracked) {
    this.#captures.delete(tracked.id);
    this.#captures.set(tracked.id, tracked);
    this.#letGo();
    this.#tell(tracked);
    await this.#save();
  }

  #letGo() {
    const finished = [...this.#captures.values()].filter((tracked) => !isUnsettled(tracked));
    for (const { id } of finished.slice(0, -REMEMBERED)) {
      this.#captures.delete(id);
    }
  }

  /**
   * @param {string} id
   * @param {(tracked: Tracked) => Tracked} change
   */
  async #change(id, change) {
    const tracked = this.#captures.get(id);
    if (tracked !== undefined) {
      const now = change(tracked);
      this.#captures.set(id, now);
      this.#tell(now);
      await this.#save();
    }
  }

  /** @param {Tracked} tracked */
  #tell(tracked) {
    for (const listener of this.#listeners) {
      listener(tracked);
    }
  }

  /** Write down what is known. Changes that come while something is written go together. */
  #save() {
    this.#nextWrite ??= this.#writing
      .catch(() => {}) // whoever waited for it has heard of it
      .then(() => {
        this.#nextWrite = null;
        this.#writing = this.#write();
        return this.#writing;
      });
    return this.#nextWrite;
  }

  async #write() {
    const captures = [...this.#captures.values()];
    const undelivered = captures.filter(isUnsettled).map(({ id }) => id);
    await this.browser.session.set(CAPTURES, captures);
    if (this.#undelivered !== undelivered.join()) {
      await this.browser.local.set(UNDELIVERED, undelivered);
      this.#undelivered = undelivered.join();
    }
  }

  #isNeeded() {
    const isOpen = this.#watched.size + this.#attending.size > 0;
    return isOpen || [...this.#captures.values()].some(isUnsettled);
  }

  #leave() {
    if (!this.#isNeeded()) {
      this.#connection.abort();
    }
  }

  #follow() {
    if (!this.#following && this.#isNeeded()) {
      this.#following = true;
      void this.#followWhileNeeded().finally(() => {
        this.#following = false;
      });
    }
  }

  async #followWhileNeeded() {
    let failures = 0;
    while (this.#isNeeded()) {
      try {
        this.#connection = new AbortController();
        for await (const event of this.daemon.events(this.#connection.signal)) {
          failures = 0;
          await this.#hear(event);
          if (!this.#isNeeded()) {
            return;
          }
        }
      } catch (error) {
        if (hasCode(error, ...HOPELESS) || failures === this.pauses.length) {
          await this.#stall(error);
          return;
        }
      }
      await this.#pause(failures++);
    }
  }

  /** @param {number} failures */
  async #pause(failures) {
    if (this.#isNeeded()) {
      await new Promise((resolve) => setTimeout(resolve, this.pauses.at(failures)));
    }
  }

  /** @param {Event} event */
  async #hear(event) {
    if (event.type === "hello") {
      await this.#reconcile();
    } else {
      await this.#change(event.capture, (tracked) => applied(tracked, event));
    }
    for (const listener of this.#attending) {
      listener();
    }
  }

  /** Ask for everything that is waited for, as events may have been missed. */
  async #reconcile() {
    const awaited = [...this.#captures.values()].filter(
      (each) => (isUnsettled(each) || this.#watched.has(each.id)) && !this.#sending.has(each.id),
    );
    const open = awaited.length === 0 ? [] : await this.daemon.unsettled();
    const views = new Map(open.map((view) => [view.id, view]));
    for (const tracked of awaited) {
      await this.#ask(tracked, views.get(tracked.id));
    }
  }

  /**
   * @param {Tracked} tracked
   * @param {CaptureView} [open] - As it stands among what is not settled.
   */
  async #ask({ id, state }, open) {
    try {
      const view = open ?? (await this.daemon.view(id));
      await this.#change(id, (tracked) => fromView(view, tracked));
    } catch (error) {
      if (!(error instanceof RefusedError) || error.status !== 404) {
        throw error;
      }
      await (state === "sending" ? this.#lose(id) : this.forget(id));
    }
  }

  /**
   * The worker ended while it sent, and the daemon never got the whole.
   * @param {string} id
   */
  async #lose(id) {
    const info = explain(new ExtensionError("capture-lost"), this.browser.text);
    await this.#change(id, (tracked) => lost(tracked, info));
  }

  /**
   * Nothing can be heard for now: say so, and wait for the next occasion to ask.
   * @param {unknown} error
   */
  async #stall(error) {
    const info = explain(error, this.browser.text);
    for (const { id } of [...this.#captures.values()].filter(isPending)) {
      await this.#change(id, (tracked) => ({ ...tracked, error: info }));
    }
  }
}
