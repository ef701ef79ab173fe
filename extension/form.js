/**
 * The background's side of an open form: captures the page as a draft or brings the draft back, keeps
 * the user's edits, has a summary written, sends the draft off, and tells the form how things stand.
 *
 * The form may close at any moment. What it said before that is kept.
 */

import { takeCapture } from "./capture.js";
import { RefusedError, explain } from "./errors.js";
import { FollowedTab } from "./followed-tab.js";
import { readFormRequest } from "./messages.js";
import { outcome, stageOf } from "./tracking.js";
import { Unsettled } from "./unsettled.js";

/** @import { Browser, Tab } from "./browser.js" */
/** @import { FormPort } from "./browser-forms.js" */
/** @import { Daemon } from "./daemon.js" */
/** @import { Deliveries } from "./deliveries.js" */
/** @import { CaptureView, Edits, ErrorInfo, FormRequest, FormState } from "./messages.js" */
/** @import { Summaries } from "./summaries.js" */

/** @typedef {{title: string, markdown: string, summary: string | null}} Fields */

/** A pause in typing, in milliseconds, after which edits are sent to the daemon. */
const EDIT_PAUSE = 400;

export class Form {
  /** @type {FormState} */
  #state = {
    stage: "capturing",
    page: "same",
    capture: null,
    plans: [],
    plan: null,
    error: null,
    writing: null,
    unwritten: null,
  };
  /** The capture that is shown, or is about to be: "" for none. */
  #id = "";
  /** @type {string | null} The plan that the user chose for what is shown. */
  #chosen = null;
  /** @type {string | null} The plan of what has no other. */
  #default = null;
  /** @type {Fields | null} */
  #edits = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #editTimer;
  /** One thing after the other: an edit must not overtake the sending off. */
  #work = Promise.resolve();
  #unwatch = () => {};
  #open = true;

  /**
   * @param {FormPort} port
   * @param {Pick<Browser, "snapshot" | "complete" | "language" | "text" | "tab" | "session"> & {
   *   pages: Pick<Browser["pages"], "onChange">}} browser
   * @param {Pick<Daemon, "status" | "view" | "unsettled" | "edit" | "archive" | "discard" | "retry">} daemon
   * @param {Pick<Deliveries, "send" | "take" | "watch" | "attend" | "latest" | "forget" | "subscribe">} deliveries
   * @param {Pick<Summaries, "write" | "stop" | "text" | "subscribe">} summaries
   */
  constructor(port, browser, daemon, deliveries, summaries) {
    this.port = port;
    this.browser = browser;
    this.daemon = daemon;
    this.deliveries = deliveries;
    this.summaries = summaries;
    this.tab = new FollowedTab(
      browser,
      () => this.#state.capture?.url ?? null,
      (page) => this.#show({ page }),
    );
    const unsubscribe = deliveries.subscribe(({ id, tab }) => this.#changed(id, tab));
    const unfollow = summaries.subscribe((id, error) => this.#written(id, error));
    this.unsettled = new Unsettled(daemon, deliveries, browser, (captures, count) =>
      this.#list(captures, count),
    );
    port.onRequest((message) => this.#receive(message));
    port.onClose(() => {
      this.#open = false;
      unsubscribe();
      unfollow();
      this.tab.close();
      this.unsettled.close();
      this.#unwatch();
      this.#queue(() => this.#flush());
    });
  }

  /** @param {unknown} message */
  #receive(message) {
    const request = readFormRequest(message, "request");
    if (request?.type === "edit") {
      this.#keep(request);
    } else if (request?.type === "plan") {
      this.#choose(request.plan);
    } else if (request !== null) {
      this.#queue(() => this.#do(request));
    }
  }

  /** @param {Exclude<FormRequest, {type: "edit" | "plan"}>} request */
  #do(request) {
    switch (request.type) {
      case "open":
        return this.#begin(request);
      case "list":
        return this.daemon.status(); // of no page; what cannot be listed is told
      case "recapture":
        return this.#recapture();
      case "keep":
        return this.#flush();
      case "archive":
        return this.#archive(request);
      case "summarize":
        return this.#summarize();
      case "stop":
        return this.#stop();
      case "retry":
        return this.#retry(request.delivery);
      case "resend":
        return this.#resend(request.capture);
      case "discard":
        return this.#discard(request.capture);
    }
  }

  /**
   * @param {() => Promise<unknown>} action
   */
  #queue(action) {
    this.#work = this.#work.then(action).then(
      () => undefined,
      (/** @type {unknown} */ error) => this.#fail(error),
    );
  }

  /** @param {{tab: number, capture: string | null}} asked */
  async #begin({ tab: id, capture }) {
    const tab = await this.tab.follow(id);
    const earlier = await (capture === null ? this.#earlier(tab) : this.#kept(capture));
    // Side by side, because the first request wakes host and daemon; of two failures the page's counts.
    const results = await Promise.allSettled([
      earlier === null ? this.#capture(tab) : this.#adopt(earlier),
      this.#loadPlans(),
    ]);
    const failure = results.find((result) => result.status === "rejected");
    if (failure !== undefined) {
      throw failure.reason;
    }
    await this.tab.look();
  }

  /**
   * What was captured from this page before and is not archived yet.
   * @param {Tab} tab
   */
  async #earlier(tab) {
    const tracked = await this.deliveries.latest(tab.id, tab.url);
    if (tracked === undefined || outcome(tracked) === "archived") {
      return null;
    }
    return this.#kept(tracked.id);
  }

  /**
   * What the daemon has of a capture, or null.
   * @param {string} id
   */
  async #kept(id) {
    // Before the daemon is asked for it: what happens meanwhile must not be missed.
    this.#id = id;
    this.#show({ stage: "opening" });
    try {
      return await this.daemon.view(id);
    } catch (error) {
      if (error instanceof RefusedError && error.status === 404) {
        this.#id = "";
        return null;
      }
      throw error;
    }
  }

  async #loadPlans() {
    const { plans, plan } = await this.daemon.status();
    this.#default = plan;
    this.#show({ plans, plan: this.#planOf(this.#state.capture) });
  }

  /** @param {Tab} tab */
  async #capture(tab) {
    this.#show({ stage: "capturing", capture: null, error: null, writing: null, unwritten: null });
    const capture = await takeCapture(this.browser, tab, { part: "page", draft: true });
    this.#show({ stage: "sending" });
    await this.deliveries.send(capture, tab.id);
    this.#id = capture.id; // as above
    await this.#adopt(await this.daemon.view(capture.id));
  }

  /** @param {CaptureView} view */
  async #adopt(view) {
    this.#id = view.id;
    await this.deliveries.take(view, this.tab.known.id);
    if (this.#open) {
      this.#unwatch();
      this.#unwatch = this.deliveries.watch(view.id);
    }
    const plan = await this.browser.session.get(chosenPlan(view.id));
    this.#chosen = typeof plan === "string" ? plan : null;
    this.#state = { ...this.#state, writing: this.summaries.text(view.id) };
    this.#showView(view);
  }

  async #recapture() {
    if ((await this.tab.look()) !== "same") {
      return this.#moveOn();
    }
    const { capture } = this.#state;
    this.#dropEdits();
    // The new one first: if it fails, the draft that was there is not lost with it.
    await this.#capture(this.tab.known);
    if (capture?.state === "draft") {
      this.summaries.stop(capture.id);
      await this.daemon.discard(capture.id);
      await this.deliveries.forget(capture.id);
    }
  }

  /** Show the other page of the tab: what there is of it, or a capture. The earlier draft stays. */
  async #moveOn() {
    await this.#flush();
    const [id, before, tab] = [this.#id, this.#state, this.tab.known];
    try {
      const earlier = await this.#earlier(tab);
      await (earlier === null ? this.#capture(tab) : this.#adopt(earlier));
    } catch (error) {
      this.#id = id;
      this.#show({ ...before, capture: await this.daemon.view(id) });
      throw error;
    }
    await this.tab.look();
  }

  /** @param {Fields & {plan: string | null, updates: string | null}} choice */
  async #archive({ plan, updates, ...fields }) {
    const { capture } = this.#state;
    if (capture === null) {
      return;
    }
    this.#dropEdits();
    this.summaries.stop(capture.id);
    this.#show({ stage: "archiving", error: null, unwritten: null });
    const view = await this.daemon.archive(capture.id, {
      ...editsOf(fields),
      ...(plan === null ? {} : { plan }),
      ...(updates === null ? {} : { updates }),
    });
    await this.#adopt(view);
  }

  /** What the user has changed in the text is to be in its summary. */
  async #summarize() {
    await this.#flush();
    const { capture } = this.#state;
    if (capture?.state === "draft") {
      void this.summaries.write(capture.id);
    }
  }

  #stop() {
    this.summaries.stop(this.#id);
    return Promise.resolve();
  }

  /**
   * A summary has a new piece, or has ended.
   * @param {string} id
   * @param {ErrorInfo | null} error
   */
  #written(id, error) {
    if (!this.#open || id !== this.#id) {
      return;
    }
    const text = this.summaries.text(id);
    if (text === null) {
      this.#queue(() => this.#endWriting(id, error));
    } else if (this.#state.writing === null) {
      this.#show({ writing: text, unwritten: null });
    } else {
      this.#state = { ...this.#state, writing: text };
      this.port.send({ type: "writing", text });
    }
  }

  /**
   * @param {string} id
   * @param {ErrorInfo | null} error
   */
  async #endWriting(id, error) {
    // Told together with the view, so that what was written does not go and come again.
    this.#state = { ...this.#state, writing: this.summaries.text(id), unwritten: error };
    this.#showView(await this.daemon.view(id));
  }

  /** @param {string} delivery */
  async #retry(delivery) {
    await this.daemon.retry(delivery);
    if (this.#state.capture !== null) {
      await this.#adopt(await this.daemon.view(this.#state.capture.id));
    }
    this.unsettled.look();
  }

  /** @param {string} capture - That failed, and is not wanted any more. */
  async #discard(capture) {
    await this.daemon.discard(capture);
    await this.deliveries.forget(capture);
    this.unsettled.look();
  }

  /** @param {string} capture - That failed. */
  async #resend(capture) {
    const view = await this.daemon.archive(capture, {});
    if (capture === this.#id) {
      await this.#adopt(view);
    }
    this.unsettled.look();
  }

  /**
   * The daemon hears of it with the sending off; until then the browser's session remembers.
   * @param {string} plan
   */
  #choose(plan) {
    this.#chosen = plan;
    this.#show({ plan });
    this.#queue(() => this.browser.session.set(chosenPlan(this.#id), plan));
  }

  /** @param {Fields} edits */
  #keep(edits) {
    clearTimeout(this.#editTimer);
    this.#edits = edits;
    this.#editTimer = setTimeout(() => this.#queue(() => this.#flush()), EDIT_PAUSE);
  }

  #dropEdits() {
    clearTimeout(this.#editTimer);
    this.#edits = null;
  }

  async #flush() {
    const [edits, { capture }] = [this.#edits, this.#state];
    this.#dropEdits();
    if (edits !== null && capture?.state === "draft") {
      await this.daemon.edit(capture.id, editsOf(edits));
    }
  }

  /**
   * @param {string} id
   * @param {number | null} tab
   */
  #changed(id, tab) {
    if (this.#open && id === this.#id) {
      this.#queue(async () => this.#showView(await this.daemon.view(id)));
    } else if (this.#open) {
      this.tab.heard(tab); // another form may have captured its page, which can be read from then on
    }
  }

  /** @param {CaptureView} view */
  #showView(view) {
    const plan = this.#planOf(view);
    // What its note lacks is told where an error would be.
    const error = view.error ?? view.warning;
    this.#show({ stage: stageOf(view), capture: view, plan, error });
  }

  /**
   * The plan by which a capture goes, or went.
   * @param {CaptureView | null} view
   */
  #planOf(view) {
    const asked = view?.state === "draft" ? (this.#chosen ?? view.plan) : view?.plan;
    return asked ?? view?.planned[0]?.plan ?? this.#chosen ?? this.#default;
  }

  /** @param {unknown} error */
  #fail(error) {
    const stage = this.#state.capture === null ? "failed" : stageOf(this.#state.capture);
    this.#show({ stage, error: explain(error, this.browser.text) });
  }

  /** @param {Partial<FormState>} change */
  #show(change) {
    this.#state = { ...this.#state, ...change };
    if (this.#open) {
      this.port.send({ type: "state", ...this.#state });
    }
  }

  /**
   * @param {CaptureView[]} captures
   * @param {number} count
   */
  #list(captures, count) {
    if (this.#open) {
      this.port.send({ type: "unsettled", captures, count });
    }
  }
}

/** @param {string} id - Of a draft. */
function chosenPlan(id) {
  return `plan ${id}`;
}

/**
 * @param {Fields} fields
 * @returns {Edits}
 */
function editsOf({ title, markdown, summary }) {
  return { title, markdown, ...(summary === null ? {} : { summary }) };
}
