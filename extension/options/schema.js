/** A JSON Schema of settings as fields of a form, and what a person may write in them; pure. */

/** @import { Property, Schema } from "../messages.js" */

/**
 * - `secret`: the name of a secret; the form takes the secret itself.
 * - `other`: what no field is made for; it is left to the file.
 * @typedef {"text" | "number" | "flag" | "choice" | "secret" | "other"} Kind
 */

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {Kind} kind
 * @property {boolean} whole - Of a number: without a fraction.
 * @property {boolean} required
 * @property {unknown} initial - What holds where nothing was chosen; null: nothing.
 * @property {string[]} choices
 * @property {number | null} least
 * @property {number | null} most
 * @property {string} pattern
 * @property {string} description
 */

/** @typedef {{key: string, values: string[]}} Flaw - A text, and what is put into it. */

/**
 * The fields of a struct of the schema, in its order.
 * @param {Schema} schema
 * @param {string} [struct] - By default the one that the schema is of.
 * @returns {Field[]}
 */
export function fieldsOf(schema, struct = schema.$ref.split("/").at(-1) ?? "") {
  const { properties = {}, required = [] } = schema.$defs[struct] ?? {};
  return Object.entries(properties).map(([name, property]) =>
    fieldOf(name, property, required.includes(name)),
  );
}

/**
 * @param {string} name
 * @param {Property} property
 * @param {boolean} required
 * @returns {Field}
 */
function fieldOf(name, property, required) {
  // A number that may be missing is a number or null.
  const { type, minimum, maximum } = /** @type {Property} */ ({
    ...property,
    .../** @type {object} */ (property.anyOf[0]),
  });
  return {
    name,
    kind: kindOf(property, type),
    whole: type === "integer",
    required,
    initial: property.default,
    choices: property.enum.map(String),
    least: minimum,
    most: maximum,
    pattern: property.pattern,
    description: property.description,
  };
}

/**
 * @param {Property} property
 * @param {string} type
 * @returns {Kind}
 */
function kindOf(property, type) {
  if (property.enum.length > 0) {
    return "choice";
  }
  if (property.format === "secret-name") {
    return "secret";
  }
  /** @type {Record<string, Kind>} */
  const kinds = { string: "text", number: "number", integer: "number", boolean: "flag" };
  return kinds[type] ?? "other";
}

/**
 * The value of what was written in a field; null has the default again.
 * @param {Field} field
 * @param {string} written
 * @returns {unknown}
 */
export function valueOf({ kind, initial }, written) {
  if (kind === "number") {
    return written.trim() === "" ? null : Number(written);
  }
  return written === "" && initial === null ? null : written;
}

/**
 * What of a value can be seen to be wrong without the daemon, which has the last word.
 * @param {Field} field
 * @param {unknown} value - As `valueOf` gives it.
 * @returns {Flaw | null}
 */
export function flawOf(field, value) {
  if (value === null) {
    return field.required ? { key: "flaw_required", values: [] } : null;
  }
  if (field.kind === "number") {
    return numberFlaw(field, Number(value));
  }
  const matches = field.pattern === "" || new RegExp(field.pattern, "u").test(/** @type {string} */ (value));
  return matches ? null : { key: "flaw_pattern", values: [] };
}

/**
 * @param {Field} field
 * @param {number} value
 * @returns {Flaw | null}
 */
function numberFlaw({ least, most, whole }, value) {
  if (!Number.isFinite(value)) {
    return { key: "flaw_number", values: [] };
  }
  if (whole && !Number.isInteger(value)) {
    return { key: "flaw_whole", values: [] };
  }
  const [from, to] = [least ?? -Infinity, most ?? Infinity];
  return from <= value && value <= to
    ? null
    : { key: "flaw_range", values: [String(from), String(to)] };
}

/**
 * The field that a message of the daemon speaks of; null when it names none of them.
 * @param {string} message
 * @param {string[]} names
 */
export function namedIn(message, names) {
  const path = /`\$((?:\.\.\.|[.[\]\w-])*)`/.exec(message)?.[1]?.split(/[.[]/).at(-1) ?? "";
  const quoted = [...message.matchAll(/`(\w+)`/g)].map((match) => match[1] ?? "");
  return [path, ...quoted].find((name) => names.includes(name)) ?? null;
}

/**
 * Why settings are not valid, without which they are.
 * @param {string} message - Of the daemon.
 */
export function reasonIn(message) {
  return message.replace(/^.*? not valid: /s, "");
}

/**
 * What changes settings into others: what the others lack becomes null, which removes it.
 * @param {Record<string, unknown>} now
 * @param {Record<string, unknown>} then
 * @returns {Record<string, unknown>}
 */
export function patchTo(now, then) {
  /** @type {Record<string, unknown>} */
  const patch = {};
  for (const name of Object.keys({ ...now, ...then })) {
    const [before, after] = [now[name], Object.hasOwn(then, name) ? then[name] : null];
    patch[name] = isTable(before) && isTable(after) ? patchTo(before, after) : after;
  }
  return patch;
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isTable(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
