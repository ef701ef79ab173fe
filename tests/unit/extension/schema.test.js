import assert from "node:assert/strict";
import { test } from "node:test";

import { readSchemas } from "../../../extension/messages.js";
import {
  fieldsOf,
  flawOf,
  namedIn,
  patchTo,
  reasonIn,
  valueOf,
} from "../../../extension/options/schema.js";

/** @param {object} properties */
function fieldsWith(properties, required = /** @type {string[]} */ ([])) {
  const schema = { $ref: "#/$defs/Settings", $defs: { Settings: { properties, required } } };
  return fieldsOf(readSchemas({ settings: schema, backends: {}, summarizers: {} }, "x").settings);
}

/** @param {object} property */
function fieldWith(property, required = /** @type {string[]} */ ([])) {
  const [field] = fieldsWith({ it: property }, required);
  assert.ok(field);
  return field;
}

test("each type of the schema becomes the field that takes it", () => {
  const fields = fieldsWith({
    again: { enum: ["version", "skip"], default: "version" },
    folder: { type: "string", default: "" },
    git: { type: "boolean", default: false },
    token: { type: "string", format: "secret-name", default: "" },
    price: { anyOf: [{ type: "number", minimum: 0, maximum: 9 }, { type: "null" }], default: null },
    most: { type: "integer", minimum: 0, maximum: 50, default: 5 },
    odd: { type: "array" },
  });

  assert.deepEqual(
    fields.map(({ name, kind }) => [name, kind]),
    [
      ["again", "choice"],
      ["folder", "text"],
      ["git", "flag"],
      ["token", "secret"],
      ["price", "number"],
      ["most", "number"],
      ["odd", "other"],
    ],
  );
  assert.deepEqual([fields[4]?.least, fields[4]?.most, fields[5]?.whole], [0, 9, true]);
});

test("an empty number has its default again, an empty text is empty", () => {
  assert.equal(valueOf(fieldWith({ type: "number", default: 3 }), " "), null);
  assert.equal(valueOf(fieldWith({ type: "number", default: 3 }), "2.5"), 2.5);
  assert.equal(valueOf(fieldWith({ type: "string", default: "a" }), ""), "");
});

test("what is needed and not there is a flaw", () => {
  const field = fieldWith({ type: "string" }, ["it"]);

  assert.deepEqual(flawOf(field, valueOf(field, "")), { key: "flaw_required", values: [] });
  assert.equal(flawOf(field, valueOf(field, "reader/notes")), null);
});

test("a number out of its range is told with the range", () => {
  const field = fieldWith({ type: "integer", minimum: 0, maximum: 50, default: 5 });

  assert.deepEqual(flawOf(field, 51), { key: "flaw_range", values: ["0", "50"] });
  assert.deepEqual(flawOf(field, 1.5), { key: "flaw_whole", values: [] });
  assert.deepEqual(flawOf(field, Number.NaN), { key: "flaw_number", values: [] });
  assert.equal(flawOf(field, 50), null);
});

test("a name that the pattern of the schema does not take is a flaw", () => {
  const field = fieldWith({ type: "string", pattern: "^[a-z]{0,40}(?!\\n)$", default: "" });

  assert.deepEqual(flawOf(field, "Ä b"), { key: "flaw_pattern", values: [] });
  assert.equal(flawOf(field, "ab"), null);
});

test("a message of the daemon names its field by path or in words", () => {
  const names = ["model", "largest_mb", "app_id"];

  assert.equal(namedIn("Expected `float` <= 100 - at `$.images.largest_mb`.", names), "largest_mb");
  assert.equal(namedIn("The settings are not valid: `model` is needed.", names), "model");
  assert.equal(namedIn("The folder “x” is not a full path.", names), null);
});

test("the reason is told without the settings that it is of", () => {
  const message = "The settings of the backend “disk” are not valid: `branch` is no name of one.";

  assert.equal(reasonIn(message), "`branch` is no name of one.");
  assert.equal(reasonIn("There is no plan “x”."), "There is no plan “x”.");
});

test("what other settings lack is taken away, what they have is set", () => {
  const now = { plans: { a: { summary: true }, b: {} }, language: "en", idle_minutes: 3 };
  const then = { plans: { a: { summary: false }, c: {} }, language: "auto" };

  assert.deepEqual(patchTo(now, then), {
    plans: { a: { summary: false }, b: null, c: {} },
    language: "auto",
    idle_minutes: null,
  });
});
