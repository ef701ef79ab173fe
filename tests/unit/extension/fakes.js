/** Stand-ins for what is outside of the extension: the native host, the browser, the daemon. */

import { RefusedError } from "../../../extension/errors.js";

/** @import { HostPort } from "../../../extension/native-port.js" */
/** @import { Capture, CaptureView, DeliveryView, Event, FoundNote, Summary } from "../../../extension/messages.js" */
/** @import { BadgeLook, Injected, MenuEntry, Tab } from "../../../extension/browser.js" */

/** @typedef {Exclude<NonNullable<ReturnType<typeof import("../../../extension/messages.js").readSummaryLine>>, {type: "error"}>} SummaryPiece */
/** @typedef {{id: string, method?: string, path?: string, body?: string, more?: boolean, cancel?: boolean}} Frame */

/** A native host that answers every frame as a test says; without a say it is silent. */
export class FakeHost {
  /** @type {Frame[]} All that it was sent. */
  frames = [];
  connections = 0;
  closed = 0;
  /** @type {(frame: Frame, host: FakeHost) => void} */
  onFrame = () => {};
  /** @type {(frame: unknown) => void} */
  #receive = () => {};
  /** @type {(reason: string) => void} */
  #closed = () => {};

  /** @returns {HostPort} */
  connect() {
    this.connections += 1;
    return {
      send: (frame) => {
        const sent = /** @type {Frame} */ (structuredClone(frame));
        this.frames.push(sent);
        queueMicrotask(() => this.onFrame(sent, this));
      },
      close: () => {
        this.closed += 1;
      },
      onFrame: (receive) => {
        this.#receive = receive;
      },
      onClose: (closed) => {
        this.#closed = closed;
      },
    };
  }

  /** @param {unknown} frame */
  send(frame) {
    this.#receive(frame);
  }

  /** @param {string} reason */
  die(reason) {
    this.#closed(reason);
  }

  /** @param {Frame} frame */
  proceed({ id }) {
    this.send({ id, status: 100 });
  }

  /**
   * @param {Frame} frame
   * @param {number} status
   * @param {unknown} body
   */
  answer({ id }, status, body) {
    this.send({ id, status, body: JSON.stringify(body) });
  }
}

/** A browser whose pages, tabs, storage and badges are variables of the test. */
export class FakeBrowser {
  /** @type {(tab: number) => Promise<Injected>} */
  snapshot = () => Promise.resolve(SNAPSHOT);
  complete = new FakeComplete();
  notices = new FakeNotices();
  preferences = { ready: Promise.resolve() };
  /** @type {string[]} The pages that were opened. */
  opened = [];
  pages = new FakePages();
  sites = new FakeSites();
  /** @type {Tab | null} */
  theTab = { id: 7, url: SNAPSHOT.url };
  /** @type {{tab: number | null, look: BadgeLook | null}[]} */
  badges = [];
  /** @type {Set<number>} */
  closedTabs = new Set();
  session = new FakeStorage();
  local = new FakeStorage();

  /** How often the library was opened. */
  libraries = 0;

  language = () => "en";
  /** @type {number[]} */
  shownTabs = [];
  showTab = (/** @type {number} */ id) => {
    this.shownTabs.push(id);
    return Promise.resolve(!this.closedTabs.has(id));
  };
  openPage = (/** @type {string} */ path) => Promise.resolve(void this.opened.push(path));
  openLibrary = () => Promise.resolve(void (this.libraries += 1));
  /** @type {(id: number) => Promise<Tab | null>} */
  tab = () => Promise.resolve(this.theTab);
  /** @type {(entries: MenuEntry[]) => Promise<void>} */
  setMenu = () => Promise.resolve();

  /**
   * Keys stand for their texts.
   * @param {string} key
   * @param {string[]} [values]
   */
  text = (key, values = []) => [key, ...values].join(" ");

  /**
   * @param {number | null} tab
   * @param {BadgeLook | null} look
   */
  showBadge(tab, look) {
    this.badges.push({ tab, look });
    return Promise.resolve(tab === null || !this.closedTabs.has(tab));
  }

  /** The last badge of a tab. */
  badge(tab = /** @type {number | null} */ (7)) {
    return this.badges.findLast((badge) => badge.tab === tab)?.look ?? null;
  }
}

/** Tabs that load at once, as long as a test says nothing else. */
export class FakePages {
  /** @type {{url: string, opener: number}[]} */
  opened = [];
  /** @type {number[]} */
  closed = [];
  /** @type {number[]} Those whose pages were waited for. */
  awaited = [];
  /** How often their list was opened. */
  lists = 0;
  /** @type {Map<() => void, number>} Who follows which tab. */
  followers = new Map();
  onSettled = () => Promise.resolve();

  /**
   * @param {string} url
   * @param {number} opener
   */
  openBehind(url, opener) {
    this.opened.push({ url, opener });
    return Promise.resolve(100 + this.opened.length);
  }

  /** @param {number} id */
  close(id) {
    this.closed.push(id);
    return Promise.resolve();
  }

  /** @param {number} id */
  settled(id) {
    this.awaited.push(id);
    return this.onSettled();
  }

  /**
   * @param {number} id
   * @param {() => void} listener
   */
  onChange(id, listener) {
    this.followers.set(listener, id);
    return () => this.followers.delete(listener);
  }

  /** @param {number} id - A tab that may show another page. */
  change(id) {
    for (const [listener, tab] of this.followers) {
      if (tab === id) {
        listener();
      }
    }
  }

  openList = () => Promise.resolve(void (this.lists += 1));
}

/** Sites of which the user allows each that is asked for. */
export class FakeSites {
  /** @type {string[]} */
  asked = [];
  answer = true;

  /** @param {string[]} origins */
  allow(origins) {
    this.asked.push(...origins);
    return Promise.resolve(this.answer);
  }
}

/** A complete capture that the user has not allowed yet. */
export class FakeComplete {
  there = true;
  allowed = false;
  /** @type {() => Promise<Blob | undefined>} */
  onTake = () => Promise.resolve(new Blob());
  /** @type {number[]} The tabs of which one was taken. */
  taken = [];

  isThere = () => this.there;
  isAllowed = () => Promise.resolve(this.allowed);
  allow = () => Promise.resolve((this.allowed = true));
  forbid = () => Promise.resolve(!(this.allowed = false));
  onChange = () => {};

  /** @param {number} tab */
  take(tab) {
    this.taken.push(tab);
    return this.onTake();
  }
}

/** Notifications, for a user who wants them or not. */
export class FakeNotices {
  wanted = true;
  /** @type {Map<string, string>} Those that are shown. */
  shown = new Map();
  /** How often one was. */
  count = 0;

  isAllowed = () => Promise.resolve(this.wanted);

  /**
   * @param {string} id
   * @param {{title: string, message: string}} told
   */
  show(id, { title, message }) {
    this.count += 1;
    this.shown.set(id, `${title}\n${message}`);
    return Promise.resolve();
  }

  /** @param {string} id */
  hide = (id) => Promise.resolve(this.shown.delete(id));
}

/** As in the browser, what is stored is a copy. */
export class FakeStorage {
  /** @type {Map<string, unknown>} */
  values = new Map();
  writes = 0;

  /** @param {string} key */
  get(key) {
    return Promise.resolve(structuredClone(this.values.get(key)));
  }

  /**
   * @param {string} key
   * @param {unknown} value
   */
  set(key, value) {
    this.values.set(key, structuredClone(value));
    this.writes += 1;
    return Promise.resolve();
  }
}

/** A daemon that keeps captures as views, and tells events when a test says so. */
export class FakeDaemon {
  /** @type {Map<string, CaptureView>} */
  views = new Map();
  /** @type {Capture[]} */
  sent = [];
  /** @type {{id: string, edits: object}[]} */
  edits = [];
  /** @type {{id: string, choice: object}[]} */
  archived = [];
  /** @type {string[]} */
  discarded = [];
  /** @type {CaptureView["earlier"]} The note that it has of each page. */
  earlier = null;
  /** @type {CaptureView["planned"]} What it makes of each page by its rules. */
  planned = [];
  /** @type {string[]} */
  retried = [];
  /** How often it was asked for what is not settled. */
  lists = 0;
  /** @type {FakeWriting[]} The summaries that were asked for. */
  writings = [];
  /** Errors that `events` ends with at its next calls, first things first. */
  /** @type {Error[]} */
  troubles = [];
  connections = 0;
  /** How often it was told that something is coming. */
  wakes = 0;
  /** How many streams of events were ended by those who followed them. */
  left = 0;
  /** @type {((said: Event | Error) => void) | null} */
  #listener = null;

  status = () =>
    Promise.resolve({
      version: "0.1.0",
      protocol: 1,
      plans: [{ name: "local", backends: ["local"], kinds: ["local"], summary: true }],
      plan: "local",
      captures: { archived: 0 },
      faults: [],
    });

  wake() {
    this.wakes += 1;
  }

  /** @param {Capture} capture */
  send(capture) {
    this.sent.push(capture);
    const { earlier, planned } = this;
    const state = capture.draft ? /** @type {const} */ ("draft") : /** @type {const} */ ("accepted");
    this.views.set(capture.id, viewOf({ ...capture, planned, state }));
    return Promise.resolve({ id: capture.id, state, earlier });
  }

  /** @param {string} id */
  view(id) {
    const view = this.views.get(id);
    return view === undefined
      ? Promise.reject(new RefusedError(404, { ...PROBLEM, code: "capture-unknown" }))
      : Promise.resolve(view);
  }

  /**
   * @param {string} id
   * @param {object} edits
   */
  edit(id, edits) {
    this.edits.push({ id, edits });
    return this.view(id);
  }

  /**
   * @param {string} id
   * @param {object} choice
   */
  async archive(id, choice) {
    this.archived.push({ id, choice });
    const view = { ...(await this.view(id)), state: /** @type {const} */ ("accepted"), error: null };
    this.views.set(id, view);
    return view;
  }

  /** @param {string} id */
  discard(id) {
    this.discarded.push(id);
    this.views.delete(id);
    return Promise.resolve();
  }

  unsettled() {
    const views = [...this.views.values()].filter(
      ({ state, deliveries }) =>
        state !== "archived" || deliveries.some((delivery) => delivery.state !== "delivered"),
    );
    this.lists += 1;
    return Promise.resolve(views);
  }

  /** @param {string} delivery */
  retry(delivery) {
    this.retried.push(delivery);
    return Promise.resolve();
  }

  /**
   * @param {string} id
   * @param {AbortSignal} signal
   */
  summarize(id, signal) {
    const writing = new FakeWriting(id, signal);
    this.writings.push(writing);
    return writing.pieces();
  }

  /** @param {AbortSignal} signal */
  async *events(signal) {
    this.connections += 1;
    const trouble = this.troubles.shift();
    if (trouble !== undefined) {
      throw trouble;
    }
    yield /** @type {Event} */ ({ type: "hello", version: "0.1.0", protocol: 1 });
    while (!signal.aborted) {
      const said = await this.#next(signal);
      if (said instanceof Error) {
        throw said;
      }
      if (said !== null) {
        yield said;
      }
    }
    this.left += 1;
  }

  /** @param {AbortSignal} signal */
  #next(signal) {
    /** @type {PromiseWithResolvers<Event | Error | null>} */
    const { promise, resolve } = Promise.withResolvers();
    this.#listener = resolve;
    signal.addEventListener("abort", () => resolve(null));
    return promise;
  }

  /**
   * Say something to who follows the events, or break off with an error, once they listen.
   * @param {Event | Error} said
   */
  async say(said) {
    await soon(() => this.#listener !== null);
    this.#listener?.(said);
    this.#listener = null;
  }
}

/** A summary that is written as a test says. */
export class FakeWriting {
  /** @type {(SummaryPiece | Error | null)[]} */
  #said = [];
  #wake = () => {};

  /**
   * @param {string} id
   * @param {AbortSignal} signal
   */
  constructor(id, signal) {
    this.id = id;
    this.signal = signal;
    signal.addEventListener("abort", () => this.say(null));
  }

  /** @param {SummaryPiece | Error | null} piece - null: the stream ends. */
  say(piece) {
    this.#said.push(piece);
    this.#wake();
  }

  async *pieces() {
    for (;;) {
      const said = this.#said.shift();
      if (said === null) {
        return;
      } else if (said instanceof Error) {
        throw said;
      } else if (said !== undefined) {
        yield said;
      } else {
        /** @type {PromiseWithResolvers<void>} */
        const { promise, resolve } = Promise.withResolvers();
        this.#wake = resolve;
        await promise;
      }
    }
  }
}

/** @type {Summary} */
export const SUMMARY = Object.freeze({
  markdown: "### Note\n\nIt is 2.3 m⚠.",
  made_by: "a-model",
  doubts: [{ text: "2.3 m", kind: "number" }],
  unchecked: false,
  input_tokens: 900,
  output_tokens: 90,
  cost: 0.0042,
  seconds: 6.5,
});

const PAGE = Object.freeze({
  url: "https://example.org/a",
  title: "A title",
  html: "<!DOCTYPE html><html><body><p>Text</p></body></html>",
  selection: null,
  canonical: null,
  language: "en",
  captured_at: "2026-11-20T09:00:00.000+01:00",
  images: [],
});

export const SNAPSHOT = Object.freeze({ ...PAGE, unread: [] });

/**
 * @param {Partial<Capture>} [change]
 * @returns {Capture}
 */
export function captureOf(change = {}) {
  return {
    ...PAGE,
    id: "0b6f6a3e-5d0c-4f57-9f0e-5a3c1c1a2b3c",
    interface_language: "en",
    part: "page",
    plan: null,
    draft: false,
    ...change,
  };
}

/**
 * @param {Partial<CaptureView> & {id: string}} change
 * @returns {CaptureView}
 */
export function viewOf({ id, url = SNAPSHOT.url, title = SNAPSHOT.title, state = "accepted", ...change }) {
  return {
    id,
    url,
    title,
    state,
    plan: null,
    planned: change.planned ?? [],
    markdown: change.markdown ?? null,
    summary: change.summary ?? null,
    written: change.written ?? null,
    error: change.error ?? null,
    warning: change.warning ?? null,
    note: null,
    deliveries: change.deliveries ?? [],
    earlier: change.earlier ?? null,
  };
}

/**
 * @param {string} backend
 * @param {Partial<DeliveryView>} [change]
 * @returns {DeliveryView}
 */
export function deliveryOf(backend, change = {}) {
  return {
    id: backend,
    backend,
    state: "waiting",
    attempts: 0,
    due_at: null,
    receipt: null,
    error: null,
    ...change,
  };
}

export const PROBLEM = Object.freeze({
  code: "folder-missing",
  message: "The folder is not there.",
  hint: "Create it.",
});

export const RECEIPT = Object.freeze({
  place: "~/notes/a.md",
  url: null,
  revision: null,
  unsaved: [],
  warning: null,
});

/**
 * Wait for something that happens soon: within two seconds, or never.
 * @param {() => boolean} condition
 */
export async function soon(condition) {
  const end = Date.now() + 2_000;
  while (!condition()) {
    if (Date.now() > end) {
      throw new Error(`This did not happen: ${String(condition)}`);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * A note that a search found.
 * @param {string} id
 * @param {Partial<FoundNote>} [change]
 * @returns {FoundNote}
 */
export function noteOf(id, change = {}) {
  return {
    id,
    title: `Note ${id}`,
    url: SNAPSHOT.url,
    archived_at: "2026-11-20T08:00:00Z",
    site: null,
    byline: null,
    published: null,
    tags: [],
    places: [],
    marked_title: [`Note ${id}`],
    snippet: ["Text"],
    newer_version: null,
    older_versions: [],
    ...change,
  };
}
