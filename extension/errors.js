/**
 * Errors that are expected, each with a code, a sentence and a hint; everything else is a bug.
 *
 * The sentences of our own codes are in `_locales` (`error_CODE` and `hint_CODE`, with `_` for `-`);
 * the daemon's errors bring theirs along.
 */

/** @import { ErrorInfo } from "./messages.js" */

/**
 * The codes that arise in the extension.
 * @typedef {"answer-invalid" | "capture-lost" | "capture-too-large" | "host-broken"
 *   | "host-forbidden" | "host-lost" | "host-missing" | "host-silent" | "extension-failed"
 *   | "link-led-away" | "page-gone" | "page-is-pdf" | "page-not-readable"
 *   | "selection-not-readable" | "site-not-allowed" | "versions-differ"} OwnCode
 */

/** Something that can happen and that the user can be told. */
export class ExtensionError extends Error {
  /**
   * @param {OwnCode} code
   * @param {string} [detail] - What the browser said, for the developer.
   * @param {ErrorOptions} [options]
   */
  constructor(code, detail = code, options) {
    super(detail, options);
    this.name = "ExtensionError";
    /** @type {string} */
    this.code = code;
    this.hint = "";
  }
}

/** What the daemon or the relay answered instead of what was asked for. */
export class RefusedError extends ExtensionError {
  /**
   * @param {number} status - The status of the answer.
   * @param {ErrorInfo} info
   */
  constructor(status, { code, message, hint }) {
    super(/** @type {OwnCode} */ (code), message);
    this.name = "RefusedError";
    this.status = status;
    this.hint = hint;
  }
}

/**
 * Whether an error has this code.
 * @param {unknown} error
 * @param {...string} codes
 */
export function hasCode(error, ...codes) {
  return error instanceof ExtensionError && codes.includes(error.code);
}

/**
 * The error in words for the user. A bug is logged here, once, with its stack.
 * @param {unknown} error
 * @param {(key: string) => string} text - The localised text of a key, or "".
 * @returns {ErrorInfo}
 */
export function explain(error, text) {
  if (!(error instanceof ExtensionError)) {
    console.error(error);
    return explain(new ExtensionError("extension-failed"), text);
  }
  const key = error.code.replaceAll("-", "_");
  return {
    code: error.code,
    message: text(`error_${key}`) || error.message,
    hint: text(`hint_${key}`) || error.hint,
  };
}
