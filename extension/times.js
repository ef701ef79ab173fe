/** Times of the daemon in words, by the browser's language and clock. */

/**
 * @param {string} time - ISO 8601.
 * @param {string} language
 */
export function dayOf(time, language) {
  return new Date(time).toLocaleDateString(language, { dateStyle: "medium" });
}

/**
 * The time of day; of another day than that of *now*, with its date.
 * @param {string} time - ISO 8601.
 * @param {string} language
 * @param {Date} now
 */
export function momentOf(time, language, now) {
  const moment = new Date(time);
  return moment.toDateString() === now.toDateString()
    ? moment.toLocaleTimeString(language, { timeStyle: "short" })
    : moment.toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
}
