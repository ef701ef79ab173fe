/**
 * Requests to the native host, and through it to the daemon: over one port, opened when needed and
 * closed after a while without work, so that the worker, the host and the daemon may rest.
 *
 * Bodies go in pieces of at most 1 MiB, and each waits for the host's word that the one before went
 * on (status 100): so no frame nears the browsers' limits, nothing piles up in between, and a timeout
 * covers one piece, not the whole. A correctly framed message that is not what the browser expects is
 * dropped without a word, so every wait has its end.
 */

import { ExtensionError, RefusedError } from "./errors.js";
import { readAnswerFrame, readRefusal } from "./messages.js";
import { pieces } from "./pieces.js";
import { readJson } from "./readers.js";

/** @import { AnswerFrame } from "./messages.js" */

/**
 * A port to the host, as `browser.js` makes it.
 * @typedef {object} HostPort
 * @property {(frame: object) => void} send
 * @property {() => void} close
 * @property {(receive: (frame: unknown) => void) => void} onFrame
 * @property {(closed: (reason: string) => void) => void} onClose - The reason in the browser's words.
 */

/** @typedef {"GET" | "POST" | "PATCH" | "PUT" | "DELETE"} Method */

/** How long to wait, in milliseconds, and how much to send at once, in UTF-16 units. */
const LIMITS = {
  /** For the word that a piece went on. */
  piece: 30_000,
  /** For the next frame of an answer; writing 200 MB to a slow disk takes a while. */
  answer: 60_000,
  /** For the next line of a stream, whose heartbeat comes more often. */
  stream: 90_000,
  /** Without work, until the port closes. */
  idle: 60_000,
  size: 1024 * 1024,
};

export class NativePort {
  /** @type {HostPort | null} */
  #port = null;
  /** @type {Map<string, Inbox>} */
  #inboxes = new Map();
  #count = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #rest;

  /**
   * @param {() => HostPort} connect
   * @param {Partial<typeof LIMITS>} [limits]
   */
  constructor(connect, limits = {}) {
    this.connect = connect;
    this.limits = { ...LIMITS, ...limits };
  }

  /** Start the host, if it is not there, for a request that comes soon. */
  wake() {
    this.#open();
    this.#restLater();
  }

  /**
   * Ask the daemon, and wait for the whole answer, whatever its status.
   * @param {Method} method
   * @param {string} path
   * @param {Iterable<string>} [body] - A text in parts of any size.
   * @returns {Promise<{status: number, body: string}>}
   * @throws {ExtensionError} `host-…`: the host could not be started, was lost or fell silent.
   */
  async request(method, path, body = []) {
    let status = 0;
    const parts = [];
    for await (const frame of this.#exchange(method, path, body, this.limits.answer)) {
      status = frame.status;
      parts.push(frame.body);
    }
    return { status, body: parts.join("") };
  }

  /**
   * Ask for a stream, and pass on its lines as they come; empty ones are heartbeats and left out.
   * @param {Method} method
   * @param {string} path
   * @param {AbortSignal} signal - Ends the stream, and with it the request.
   * @param {Iterable<string>} [body]
   * @throws {ExtensionError} As `request`, and what the daemon refused.
   */
  async *lines(method, path, signal, body = []) {
    let rest = "";
    let status = 0;
    for await (const frame of this.#exchange(method, path, body, this.limits.stream, signal)) {
      // The host's own error comes in the middle of a line of the daemon's.
      rest = frame.status >= 400 && status < 400 ? frame.body : rest + frame.body;
      status = frame.status;
      if (status >= 400) {
        continue;
      }
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      yield* lines.filter((line) => line.trim() !== "");
    }
    if (status >= 400) {
      throw refusal(status, rest);
    }
  }

  /**
   * Send a request in pieces and give back the frames of its answer.
   * @param {Method} method
   * @param {string} path
   * @param {Iterable<string>} body
   * @param {number} timeout - For each frame of the answer, in milliseconds.
   * @param {AbortSignal} [signal]
   */
  async *#exchange(method, path, body, timeout, signal) {
    const id = `r${++this.#count}`;
    const inbox = new Inbox();
    const port = this.#open();
    this.#inboxes.set(id, inbox);
    const stop = () => inbox.end();
    signal?.addEventListener("abort", stop);
    let done = false;
    try {
      let frame = await this.#upload(port, inbox, { id, method, path }, body, timeout);
      while (frame !== null) {
        done = !frame.more;
        yield frame;
        frame = done ? null : await inbox.next(timeout);
      }
    } finally {
      signal?.removeEventListener("abort", stop);
      this.#inboxes.delete(id);
      if (!done && this.#port === port) {
        port.send({ id, cancel: true });
      }
      this.#restLater();
    }
  }

  /**
   * Send all pieces; the result is the answer's first frame. It may come before the last piece, when
   * the daemon has seen enough to refuse.
   * @param {HostPort} port
   * @param {Inbox} inbox
   * @param {{id: string, method?: Method, path?: string}} head
   * @param {Iterable<string>} body
   * @param {number} timeout
   */
  async #upload(port, inbox, head, body, timeout) {
    let frame = head;
    for (const { piece, more } of pieces(body, this.limits.size)) {
      const text = piece.toWellFormed();
      port.send(more ? { ...frame, body: text, more } : { ...frame, body: text });
      const answer = await inbox.next(more ? this.limits.piece : timeout);
      if (!more || answer?.status !== 100) {
        return answer;
      }
      frame = { id: head.id };
    }
    return null;
  }

  #open() {
    clearTimeout(this.#rest);
    if (this.#port === null) {
      const port = this.connect();
      port.onFrame((frame) => this.#receive(frame));
      port.onClose((reason) => this.#closed(port, reason));
      this.#port = port;
    }
    return this.#port;
  }

  /** @param {unknown} message */
  #receive(message) {
    const frame = readAnswerFrame(message, "frame");
    if (frame.id === null) {
      // The relay could not read a frame of ours, and cannot say which.
      this.#failAll(refusal(frame.status, frame.body));
    } else {
      this.#inboxes.get(frame.id)?.put(frame);
    }
  }

  /**
   * @param {HostPort} port
   * @param {string} reason
   */
  #closed(port, reason) {
    if (this.#port === port) {
      this.#port = null;
      this.#failAll(hostError(reason));
    }
  }

  /** @param {ExtensionError} error */
  #failAll(error) {
    for (const inbox of this.#inboxes.values()) {
      inbox.fail(error);
    }
  }

  #restLater() {
    clearTimeout(this.#rest);
    if (this.#inboxes.size === 0) {
      this.#rest = setTimeout(() => {
        this.#port?.close();
        this.#port = null;
      }, this.limits.idle);
    }
  }
}

/** The frames that came for one request, and whoever waits for the next. */
class Inbox {
  /** @type {AnswerFrame[]} */
  #frames = [];
  /** @type {ExtensionError | null} */
  #failure = null;
  #ended = false;
  #wake = () => {};

  /** @param {AnswerFrame} frame */
  put(frame) {
    this.#frames.push(frame);
    this.#wake();
  }

  /** @param {ExtensionError} error */
  fail(error) {
    this.#failure = error;
    this.#wake();
  }

  end() {
    this.#ended = true;
    this.#wake();
  }

  /**
   * The next frame, or null when the stream was ended on this side.
   * @param {number} timeout - In milliseconds.
   * @throws {ExtensionError} `host-silent`: nothing came in time; or why the port closed.
   */
  async next(timeout) {
    if (this.#frames.length === 0 && this.#failure === null && !this.#ended) {
      await this.#wait(timeout);
    }
    if (this.#ended) {
      return null;
    }
    const frame = this.#frames.shift();
    if (frame !== undefined) {
      return frame;
    }
    throw this.#failure ?? new ExtensionError("host-silent");
  }

  /** @param {number} timeout */
  async #wait(timeout) {
    const { promise, resolve } = Promise.withResolvers();
    this.#wake = () => resolve(undefined);
    const timer = setTimeout(this.#wake, timeout);
    await promise;
    clearTimeout(timer);
  }
}

/**
 * @param {number} status
 * @param {string} body
 */
function refusal(status, body) {
  return new RefusedError(status, readJson(readRefusal, body, "refusal").error);
}

/**
 * Why the port closed, from the browser's words.
 * @param {string} reason
 */
function hostError(reason) {
  const found = HOST_ERRORS.find(([pattern]) => pattern.test(reason));
  return new ExtensionError(found?.[1] ?? "host-lost", reason);
}

/**
 * Chromium's words and Firefox's; all others, and none, say that a running host is gone.
 * @type {[RegExp, "host-missing" | "host-forbidden" | "host-broken"][]}
 */
const HOST_ERRORS = [
  [/native messaging host not found|No such native application/i, "host-missing"],
  [/host is forbidden|does not have permission to use native/i, "host-forbidden"],
  [/Failed to start native messaging host|An unexpected error occurred/i, "host-broken"],
];
