import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

const ROOT = new URL("../../../", import.meta.url);

/**
 * @typedef {object} Manifest
 * @property {string} version
 * @property {string} key
 * @property {string[]} permissions
 * @property {string[]} [host_permissions]
 * @property {string[]} optional_permissions
 * @property {string[]} optional_host_permissions
 * @property {Record<string, string>} icons
 * @property {{service_worker: string, scripts: string[]}} background
 * @property {{default_popup: string}} action
 * @property {{page: string}} options_ui
 */

/** @type {unknown} */
const json = JSON.parse(readFileSync(new URL("manifest.json", ROOT), "utf8"));
const manifest = /** @type {Manifest} */ (json);

test("the key gives the id that the native host lets in", () => {
  const digest = createHash("sha256").update(Buffer.from(manifest.key, "base64")).digest("hex");
  // Chromium writes the digits 0 to f as a to p.
  const id = digest
    .slice(0, 32)
    .replace(/./g, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 16)));

  assert.equal(id, "aakhkkgafdemjjcaofeacbnbocplhpmd");
});

test("no permission beyond the promised ones", () => {
  assert.deepEqual(manifest.permissions.toSorted(), [
    "activeTab",
    "contextMenus",
    "nativeMessaging",
    "scripting",
    "storage",
  ]);
  assert.deepEqual(manifest.optional_permissions, ["notifications", "pageCapture", "sidePanel"]);
  assert.deepEqual(manifest.optional_host_permissions, ["http://*/*", "https://*/*"]);
  assert.equal(manifest.host_permissions, undefined);
});

test("every file that the manifest names is there", () => {
  const { icons, background, action, options_ui } = manifest;
  const pages = [action.default_popup, options_ui.page];
  const files = [...Object.values(icons), ...background.scripts, ...pages];

  assert.deepEqual(
    files.filter((file) => !existsSync(new URL(file, ROOT))),
    [],
  );
  assert.deepEqual(background.scripts, [background.service_worker]);
});
