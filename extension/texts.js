/**
 * The texts of `_locales` in a language that the user chose, as `i18n.getMessage` gives those of the
 * browser's own language.
 */

import en from "../_locales/en/messages.json" with { type: "json" };
import zh from "../_locales/zh_CN/messages.json" with { type: "json" };

/** @typedef {{message: string, placeholders?: Record<string, {content: string}>}} Message */

/** @type {Map<string, Record<string, Message>>} */
const MESSAGES = new Map([
  ["en", en],
  ["zh-CN", zh],
]);

/**
 * The text of a key; "" when there is none.
 * @param {string} language - One that there are texts in.
 * @param {string} key
 * @param {string[]} values
 */
export function textIn(language, key, values) {
  const messages = MESSAGES.get(language) ?? {};
  const found = Object.hasOwn(messages, key) ? messages[key] : undefined;
  return (found?.message ?? "").replace(/\$(\w+)\$/g, (whole, name) => {
    const content = found?.placeholders?.[String(name).toLowerCase()]?.content;
    return content === undefined ? whole : (values[Number(content.slice(1)) - 1] ?? "");
  });
}
