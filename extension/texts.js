/**
 * The texts of `_locales` in a language that the user chose, as `i18n.getMessage` gives those of the
 * browser's own language.
 *
 * A page has all of them before it is painted (`page-texts.js`). A worker fetches them: Chromium 156
 * starts one that imports JSON, but not once more when the browser was closed in between.
 */

/** @typedef {{message: string, placeholders?: Record<string, {content: string}>}} Message */

/** @type {Map<string, Record<string, Message>>} By language. */
const known = new Map();

/**
 * @param {string} language
 * @param {Record<string, Message>} messages
 */
export function keepTexts(language, messages) {
  known.set(language, messages);
}

/** @param {string} language */
export function hasTexts(language) {
  return known.has(language);
}

/** @param {string} language - One that there are texts in. */
export async function fetchTexts(language) {
  if (!known.has(language)) {
    const folder = language.replace("-", "_");
    const file = await fetch(new URL(`../_locales/${folder}/messages.json`, import.meta.url));
    const messages = /** @type {unknown} */ (await file.json());
    keepTexts(language, /** @type {Record<string, Message>} */ (messages));
  }
}

/**
 * The text of a key; "" when there is none.
 * @param {string} language - One that there are texts in.
 * @param {string} key
 * @param {string[]} values
 */
export function textIn(language, key, values) {
  const messages = known.get(language) ?? {};
  const found = Object.hasOwn(messages, key) ? messages[key] : undefined;
  return (found?.message ?? "").replace(/\$(\w+)\$/g, (whole, name) => {
    const content = found?.placeholders?.[String(name).toLowerCase()]?.content;
    return content === undefined ? whole : (values[Number(content.slice(1)) - 1] ?? "");
  });
}
