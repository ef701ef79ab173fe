/** The daemon's requests, one method each; what it refuses is thrown as `RefusedError`. */

import { ExtensionError, RefusedError, hasCode } from "./errors.js";
import {
  readAcceptance,
  readAllSettings,
  readCaptures,
  readCaptureView,
  readCheck,
  readDestinations,
  readEvent,
  readNotes,
  readPreview,
  readRefusal,
  readSchemas,
  readSecret,
  readSettings,
  readStatus,
  readSummaryLine,
  readTemplates,
  readWholeNote,
} from "./messages.js";
import { slices } from "./pieces.js";
import { readJson } from "./readers.js";

/** @import { Capture, Edits, Table } from "./messages.js" */
/** @import { Method, NativePort } from "./native-port.js" */
/** @template T @typedef {import("./readers.js").Reader<T>} Reader */

/** Host or daemon broke off; whether the capture arrived is not known, so it is sent again. */
const LOST = ["daemon-lost", "daemon-unreachable", "host-lost", "host-silent"];
const ATTEMPTS = 3;

/** What PROTOCOL.md counts: another number speaks of other fields. */
const PROTOCOL = 1;

/**
 * The largest capture that is tried, in UTF-16 units of HTML. With 390 million, Chromium 156 took
 * 31 s and Firefox 153 took 41 s; Chromium's texts end at 536 million.
 */
const MAX_CAPTURE = 400_000_000;

/** How much of a capture is made JSON at once, in UTF-16 units. */
const PART = 512 * 1024;

export class Daemon {
  /**
   * @param {Pick<NativePort, "request" | "lines" | "wake">} port
   * @param {number} [maxCapture] - In UTF-16 units of HTML.
   */
  constructor(port, maxCapture = MAX_CAPTURE) {
    this.port = port;
    this.maxCapture = maxCapture;
  }

  /** Start the host while there is something else to do. */
  wake() {
    this.port.wake();
  }

  async status() {
    const status = await this.#ask("GET", "/status", readStatus);
    checkProtocol(status);
    return status;
  }

  /**
   * Hand over a capture; returns when it is on disk. As its id makes it unmistakable, it is sent
   * again when host or daemon break off.
   * @param {Capture} capture
   * @throws {ExtensionError} `capture-too-large`, before anything is sent.
   */
  async send(capture) {
    const size = capture.html.length + (capture.selection?.length ?? 0);
    if (size > this.maxCapture) {
      throw new ExtensionError("capture-too-large", `${size} of ${this.maxCapture}`);
    }
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#ask("POST", "/captures", readAcceptance, captureJson(capture));
      } catch (error) {
        if (attempt === ATTEMPTS || !hasCode(error, ...LOST)) {
          throw error;
        }
      }
    }
  }

  /** @param {string} id */
  view(id) {
    return this.#ask("GET", `/captures/${id}`, readCaptureView);
  }

  /** What is not delivered everywhere, the newest first, without texts. */
  async unsettled() {
    return (await this.#ask("GET", "/captures?state=unsettled", readCaptures)).captures;
  }

  /**
   * @param {string} id
   * @param {Edits} edits
   */
  edit(id, edits) {
    return this.#ask("PATCH", `/captures/${id}`, readCaptureView, [JSON.stringify(edits)]);
  }

  /**
   * Send a draft off, or a capture that failed once more.
   * @param {string} id
   * @param {Edits & {plan?: string, updates?: string}} choice - `updates`: the note in whose place
   *   it goes.
   */
  archive(id, choice) {
    const body = [JSON.stringify(choice)];
    return this.#ask("POST", `/captures/${id}/archive`, readCaptureView, body);
  }

  /**
   * Write a summary of a draft: its pieces as they come, and `done` at the end.
   * @param {string} id
   * @param {AbortSignal} signal - Stops the writing; nothing of it is kept.
   * @throws {ExtensionError} There is none; what came before is void.
   */
  summarize(id, signal) {
    return this.#summary(`/captures/${id}/summary`, signal);
  }

  /**
   * Write a summary of a text that is no page, in the same way.
   * @param {{title: string, markdown: string, language: string}} text
   * @param {AbortSignal} signal
   */
  trySummary(text, signal) {
    return this.#summary("/summarizer/try", signal, [JSON.stringify(text)]);
  }

  /**
   * @param {string} path
   * @param {AbortSignal} signal
   * @param {Iterable<string>} [body]
   */
  async *#summary(path, signal, body) {
    for await (const line of this.port.lines("POST", path, signal, body)) {
      const piece = readJson(readSummaryLine, line, "summary");
      if (piece?.type === "error") {
        throw new RefusedError(502, piece.error);
      }
      if (piece !== null) {
        yield piece;
      }
    }
  }

  /** @param {string} id - Of a draft, or of a capture that failed. */
  async discard(id) {
    await this.#answer("DELETE", `/captures/${id}`, []);
  }

  /** @param {string} delivery */
  async retry(delivery) {
    await this.#answer("POST", `/deliveries/${delivery}/retry`, []);
  }

  /**
   * A page of the notes that were asked for, as the protocol says it.
   * @param {URLSearchParams} question
   */
  notes(question) {
    return this.#ask("GET", `/notes?${question.toString()}`, readNotes);
  }

  /** @param {string} id */
  note(id) {
    return this.#ask("GET", `/notes/${escaped(id)}`, readWholeNote);
  }

  /**
   * Take a note out of the library; what is stored at backends stays.
   * @param {string} id
   */
  async remove(id) {
    await this.#answer("DELETE", `/notes/${escaped(id)}`, []);
  }

  /**
   * Put back what was taken out.
   * @param {string} id
   */
  async restore(id) {
    await this.#answer("POST", `/notes/${escaped(id)}/restore`, []);
  }

  /** The names of the backends that are set up, as the settings have them. */
  async backends() {
    return Object.keys((await this.#ask("GET", "/settings", readSettings)).backends);
  }

  /**
   * Where a backend may store notes: the first places, or those below one.
   * @param {string} backend
   * @param {string} below - A place's token, or its address; "" for the first.
   */
  places(backend, below) {
    const query = below === "" ? "" : `?below=${escaped(below)}`;
    return this.#ask("GET", `/backends/${escaped(backend)}/places${query}`, readDestinations);
  }

  /**
   * Have a backend store notes elsewhere from now on.
   * @param {string} backend
   * @param {Record<string, string>} settings - A place's; the empty ones are sent too.
   */
  async choosePlace(backend, settings) {
    const patch = { backends: { [backend]: settings } };
    await this.#ask("PATCH", "/settings", readSettings, [JSON.stringify(patch)]);
  }

  /**
   * Try whether a backend takes notes.
   * @param {string} backend
   */
  async check(backend) {
    return (await this.#ask("POST", `/backends/${escaped(backend)}/check`, readCheck)).message;
  }

  /** All settings that hold. */
  settings() {
    return this.#ask("GET", "/settings", readAllSettings);
  }

  /** What the settings may be. */
  schemas() {
    return this.#ask("GET", "/settings/schema", readSchemas);
  }

  /**
   * Change settings; what is null has its default again.
   * @param {Table} patch
   */
  changeSettings(patch) {
    return this.#ask("PATCH", "/settings", readAllSettings, [JSON.stringify(patch)]);
  }

  /** The names of the templates of notes. */
  async templates() {
    return (await this.#ask("GET", "/settings/templates", readTemplates)).templates;
  }

  /**
   * A sample note, as these settings would make it.
   * @param {{template: string, language: string, subfolder: string, name: string}} wishes
   */
  preview(wishes) {
    return this.#ask("POST", "/settings/preview", readPreview, [JSON.stringify(wishes)]);
  }

  /**
   * Whether a secret of this name is kept.
   * @param {string} name
   */
  async hasSecret(name) {
    return (await this.#ask("GET", `/secrets/${escaped(name)}`, readSecret)).kept;
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  async keepSecret(name, value) {
    await this.#answer("PUT", `/secrets/${escaped(name)}`, [JSON.stringify({ value })]);
  }

  /** @param {string} name */
  async forgetSecret(name) {
    await this.#answer("DELETE", `/secrets/${escaped(name)}`, []);
  }

  /**
   * What happens, as it happens.
   * @param {AbortSignal} signal
   */
  async *events(signal) {
    for await (const line of this.port.lines("GET", "/events", signal)) {
      const event = readJson(readEvent, line, "event");
      if (event?.type === "hello") {
        checkProtocol(event);
      }
      if (event !== null) {
        yield event;
      }
    }
  }

  /**
   * @template T
   * @param {Method} method
   * @param {string} path
   * @param {Reader<T>} reader
   * @param {Iterable<string>} [body]
   */
  async #ask(method, path, reader, body = []) {
    return readJson(reader, await this.#answer(method, path, body), `${method} ${path}`);
  }

  /**
   * @param {Method} method
   * @param {string} path
   * @param {Iterable<string>} body
   */
  async #answer(method, path, body) {
    const answer = await this.port.request(method, path, body);
    if (answer.status >= 400) {
      const { error } = readJson(readRefusal, answer.body, `${method} ${path}`);
      throw new RefusedError(answer.status, error);
    }
    return answer.body;
  }
}

/**
 * A part of a path; what no UTF-8 can say is written as such.
 * @param {string} text
 */
function escaped(text) {
  return encodeURIComponent(text.toWellFormed());
}

/**
 * @param {{version: string, protocol: number}} daemon
 * @throws {ExtensionError} `versions-differ`
 */
function checkProtocol({ version, protocol }) {
  if (protocol !== PROTOCOL) {
    throw new ExtensionError("versions-differ", `protocol ${protocol} of ${version}`);
  }
}

/**
 * A capture as JSON, in parts: Chromium ends the worker when it makes one text of 200 million
 * characters of them.
 * @param {Capture} capture
 */
function* captureJson({ html, selection, images, ...rest }) {
  yield JSON.stringify(rest).slice(0, -1);
  yield ',"html":';
  yield* textJson(html);
  yield ',"selection":';
  yield* selection === null ? ["null"] : textJson(selection);
  yield ',"images":[';
  for (const [index, { url, data }] of images.entries()) {
    yield `${index > 0 ? "," : ""}{"url":${JSON.stringify(url)},"data":`;
    yield* textJson(data);
    yield "}";
  }
  yield "]}";
}

/** @param {string} text */
function* textJson(text) {
  yield '"';
  for (const slice of slices(text, PART)) {
    yield JSON.stringify(slice).slice(1, -1);
  }
  yield '"';
}
