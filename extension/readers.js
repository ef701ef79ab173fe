/**
 * Small readers that check what comes in from outside, and from which the types follow.
 *
 * A reader takes a value and the place where it stands and returns the value as its type, or throws
 * `answer-invalid`. Fields that no reader names are left out, so that a newer daemon may add some.
 */

import { ExtensionError } from "./errors.js";

/**
 * @template T
 * @typedef {(value: unknown, place: string) => T} Reader
 */

/**
 * What is passed on as it is.
 * @type {Reader<unknown>}
 */
export function anything(value) {
  return value;
}

/** @type {Reader<string>} */
export function text(value, place) {
  return typeof value === "string" ? value : refuse(value, place, "text");
}

/** @type {Reader<number>} */
export function number(value, place) {
  return typeof value === "number" ? value : refuse(value, place, "a number");
}

/** @type {Reader<boolean>} */
export function flag(value, place) {
  return typeof value === "boolean" ? value : refuse(value, place, "true or false");
}

/**
 * @template T
 * @param {Reader<T>} reader
 * @returns {Reader<T | null>}
 */
export function nullOr(reader) {
  return (value, place) => (value === null ? null : reader(value, place));
}

/**
 * A field that may be missing.
 * @template T
 * @param {Reader<T>} reader
 * @param {T} otherwise
 * @returns {Reader<T>}
 */
export function optional(reader, otherwise) {
  return (value, place) => (value === undefined ? otherwise : reader(value, place));
}

/**
 * @template {string} T
 * @param {...T} choices
 * @returns {Reader<T>}
 */
export function oneOf(...choices) {
  return (value, place) =>
    choices.find((choice) => choice === value) ?? refuse(value, place, choices.join(" or "));
}

/**
 * @template T
 * @param {Reader<T>} reader
 * @returns {Reader<T[]>}
 */
export function list(reader) {
  return (value, place) =>
    Array.isArray(value)
      ? value.map((/** @type {unknown} */ each, index) => reader(each, `${place}[${index}]`))
      : refuse(value, place, "a list");
}

/** @typedef {Record<string, Reader<unknown>>} Fields */

/**
 * What a record with these fields holds.
 * @template {Fields} F
 * @typedef {{[Name in keyof F]: ReturnType<F[Name]>}} Held
 */

/**
 * @template {Fields} F
 * @param {F} fields
 * @returns {Reader<Held<F>>}
 */
export function record(fields) {
  return (value, place) => {
    const given = asObject(value, place);
    /** @type {Record<string, unknown>} */
    const held = {};
    for (const [name, reader] of Object.entries(fields)) {
      held[name] = reader(given[name], `${place}.${name}`);
    }
    return /** @type {Held<F>} */ (held);
  };
}

/**
 * An object whose names are not known before.
 * @template T
 * @param {Reader<T>} reader
 * @returns {Reader<Record<string, T>>}
 */
export function dictionary(reader) {
  return (value, place) =>
    Object.fromEntries(
      Object.entries(asObject(value, place)).map(([name, each]) => [
        name,
        reader(each, `${place}.${name}`),
      ]),
    );
}

/**
 * A union that its field `type` tells apart. A type that is not in it gives null: a newer daemon
 * may know more.
 * @template {Record<string, Fields>} Types
 * @typedef {{[Type in keyof Types]: {type: Type} & Held<Types[Type]>}[keyof Types]} Union
 */

/**
 * @template {Record<string, Fields>} Types
 * @param {Types} types
 * @returns {Reader<Union<Types> | null>}
 */
export function byType(types) {
  return (value, place) => {
    const type = text(asObject(value, place).type, `${place}.type`);
    const fields = Object.hasOwn(types, type) ? types[type] : undefined;
    return fields === undefined
      ? null
      : /** @type {Union<Types>} */ ({ type, ...record(fields)(value, place) });
  };
}

/**
 * JSON text, read.
 * @template T
 * @param {Reader<T>} reader
 * @param {string} json
 * @param {string} place
 */
export function readJson(reader, json, place) {
  /** @type {unknown} */
  let value;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new ExtensionError("answer-invalid", `${place} is not JSON`, { cause: error });
  }
  return reader(value, place);
}

/**
 * @param {unknown} value
 * @param {string} place
 * @returns {Record<string, unknown>}
 */
function asObject(value, place) {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? /** @type {Record<string, unknown>} */ (value) : refuse(value, place, "an object");
}

/**
 * @param {unknown} value
 * @param {string} place
 * @param {string} expected
 * @returns {never}
 */
function refuse(value, place, expected) {
  throw new ExtensionError("answer-invalid", `${place} should be ${expected}, not ${typeof value}`);
}
