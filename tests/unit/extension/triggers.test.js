import assert from "node:assert/strict";
import { test } from "node:test";

import { Badge } from "../../../extension/badge.js";
import { Deliveries } from "../../../extension/deliveries.js";
import { Links } from "../../../extension/links.js";
import { Triggers } from "../../../extension/triggers.js";
import { FakeBrowser, FakeDaemon, SNAPSHOT } from "./fakes.js";

const TAB = { id: 7, url: SNAPSHOT.url };

function parts() {
  const browser = new FakeBrowser();
  const daemon = new FakeDaemon();
  const deliveries = new Deliveries(daemon, browser);
  const badge = new Badge(browser, () => null);
  const links = new Links(browser, deliveries, badge);
  return { browser, daemon, links, triggers: new Triggers(browser, deliveries, badge, links) };
}

test("the shortcut archives the page at once", async () => {
  const { daemon, triggers } = parts();

  await triggers.pressed("archive", TAB);

  assert.deepEqual(
    daemon.sent.map(({ part, draft }) => ({ part, draft })),
    [{ part: "page", draft: false }],
  );
});

test("the host starts while the page is read", async () => {
  const { browser, daemon, triggers } = parts();
  browser.snapshot = () => {
    assert.equal(daemon.wakes, 1);
    return Promise.resolve(SNAPSHOT);
  };

  await triggers.pressed("archive", TAB);

  assert.equal(daemon.sent.length, 1);
});

test("other shortcuts are not ours", async () => {
  const { daemon, triggers } = parts();

  await triggers.pressed("_execute_action", TAB);

  assert.equal(daemon.sent.length, 0);
});

test("each entry of the menu does what it says", async () => {
  const { browser, daemon, triggers } = parts();
  browser.snapshot = () => Promise.resolve({ ...SNAPSHOT, selection: "<p>part</p>" });
  /** @type {{id: string, contexts: string[]}[]} */
  const entries = [];
  browser.setMenu = (given) => Promise.resolve(void entries.push(...given));

  await triggers.setMenu();
  for (const { id } of entries) {
    await triggers.chosen(id, TAB, "https://example.net:8000/b?c");
  }

  assert.deepEqual(
    entries.map(({ contexts }) => contexts).flat(),
    ["page", "selection", "link", "action", "action"],
  );
  assert.equal(browser.libraries, 1);
  assert.equal(browser.pages.lists, 1);
  assert.deepEqual(browser.pages.opened, [{ url: "https://example.net:8000/b?c", opener: TAB.id }]);
  assert.deepEqual(
    daemon.sent.map(({ part }) => part),
    ["page", "selection", "page"],
  );
});

test("the badge says why nothing was sent", async () => {
  const { browser, daemon, triggers } = parts();
  browser.snapshot = () => Promise.reject(new Error("Cannot access a chrome:// URL"));

  await triggers.archive(TAB, "page");

  assert.equal(browser.badge()?.text, "!");
  assert.match(browser.badge()?.title ?? "", /error_page_not_readable\nhint_page_not_readable/);
  assert.equal(daemon.sent.length, 0);
});

test("a bug is logged and told as one", async (context) => {
  const logged = context.mock.method(console, "error", () => {});
  const { browser, triggers } = parts();
  browser.snapshot = () => Promise.reject(new TypeError("unheard of"));

  await triggers.archive(TAB, "page");

  assert.match(browser.badge()?.title ?? "", /error_extension_failed/);
  assert.equal(logged.mock.callCount(), 1);
});
