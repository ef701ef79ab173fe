import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { THEMES } from "../../../extension/preferences.js";

const ROOT = new URL("../../../", import.meta.url);
const LOCALES = ["en", "zh_CN"];

/** @typedef {Record<string, {message: string, placeholders?: object}>} Messages */

/** @param {string} path */
function source(path) {
  return readFileSync(new URL(path, ROOT), "utf8");
}

/** @param {string} locale */
function messages(locale) {
  /** @type {unknown} */
  const value = JSON.parse(source(`_locales/${locale}/messages.json`));
  return /** @type {Messages} */ (value);
}

const FILES = [
  "manifest.json",
  ...readdirSync(new URL("extension/", ROOT), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(?:js|html)$/.test(name) && !name.startsWith("vendor"))
    .map((name) => `extension/${name}`),
];

/** Every key that a page or the manifest names in full. */
function namedKeys() {
  const text = FILES.map(source).join("\n");
  const patterns = [
    /data-(?:text|label)="(\w+)"/g,
    /__MSG_(\w+)__/g, /text\("(\w+)"/g, /text: "(menu_\w+)"/g,
    /key: "(flaw_\w+)"/g,
    /#folded\("(\w+)"/g,
    /\? "(\w+_\w+)"/g,
    /: "((?:backend|secret|welcome)_\w+)"/g,
  ];
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? ""));
}

/**
 * The members of a union or `oneOf`, as they stand in a source between two texts.
 * @param {string} path
 * @param {string} from
 * @param {string} to
 */
function members(path, from, to) {
  const text = source(path);
  const start = text.indexOf(from);
  const part = text.slice(start, text.indexOf(to, start));
  return [...part.matchAll(/"([a-z-]+)"/g)].map((match) => (match[1] ?? "").replaceAll("-", "_"));
}

/** Keys that are put together from a prefix and a code, stage or state. */
function builtKeys() {
  const codes = members("extension/errors.js", "@typedef", "OwnCode");
  const stages = members("extension/messages.js", "const stage = oneOf", ");");
  const outcomes = members("extension/tracking.js", '@typedef {"sending"', "Outcome");
  assert.ok(codes.length > 10 && stages.length > 5 && outcomes.length > 5);
  return [
    ...codes.flatMap((code) => [`error_${code}`, `hint_${code}`]),
    ...stages.map((stage) => `stage_${stage}`),
    ...outcomes.filter((outcome) => outcome !== "draft").map((outcome) => `badge_${outcome}`),
    ...["folder", "node", "root", "wiki"].map((kind) => `place_${kind}`),
    ...members("extension/options/choice.js", '@typedef {"saving"', "Progress").map(
      (progress) => `choice_${progress}`,
    ),
    ...["number", "date", "quotation"].map((kind) => `doubt_${kind}`),
    ...["local", "github", "feishu"].map((name) => `plan_${name}`),
    ...["waiting", "sending", "delivered", "rejected"].map((state) => `delivery_${state}`),
    ...THEMES.map((theme) => `theme_${theme}`),
    ...["classic", "frontmatter", "plain"].map((name) => `template_${name}`),
    ...["github", "feishu"].flatMap((kind) => [`secret_${kind}`, `secret_${kind}_help`]),
    ...["execute_action", "archive"].map((name) => `shortcut_${name}`),
    ...["looking", "missing", "failing"].map((stage) => `welcome_program_${stage}`),
  ];
}

for (const locale of LOCALES) {
  test(`every text that is shown exists in ${locale}`, () => {
    const known = messages(locale);

    const missing = [...namedKeys(), ...builtKeys()].filter((key) => !known[key]?.message);

    assert.deepEqual(missing, []);
  });
}

test("both languages have the same keys and placeholders", () => {
  const [english, chinese] = [messages("en"), messages("zh_CN")];

  assert.deepEqual(Object.keys(english), Object.keys(chinese));
  for (const [key, { placeholders }] of Object.entries(english)) {
    assert.deepEqual(Object.keys(placeholders ?? {}), Object.keys(chinese[key]?.placeholders ?? {}));
  }
});

test("no text is left that nothing shows", () => {
  const used = new Set([...namedKeys(), ...builtKeys()]);
  // What the relay says is put into the user's language too.
  const relay = ["daemon_unreachable", "daemon_lost"].flatMap((code) => [
    `error_${code}`,
    `hint_${code}`,
  ]);

  // Those of the daemon's settings are held by tests/unit/test_options.py.
  const ofSettings = /^(?:field|help|value|kind|summarizer)_/;

  const unused = Object.keys(messages("en")).filter(
    (key) => !used.has(key) && !relay.includes(key) && !ofSettings.test(key),
  );

  assert.deepEqual(unused, []);
});

test("names keep to the browsers' limits", () => {
  for (const locale of LOCALES) {
    const { name, description } = messages(locale);
    assert.ok((name?.message.length ?? 99) <= 45);
    assert.ok((description?.message.length ?? 999) <= 132);
  }
});
