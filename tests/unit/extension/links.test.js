import assert from "node:assert/strict";
import { test } from "node:test";

import { Badge } from "../../../extension/badge.js";
import { Deliveries } from "../../../extension/deliveries.js";
import { Links } from "../../../extension/links.js";
import { FakeBrowser, FakeDaemon, PROBLEM, SNAPSHOT, soon } from "./fakes.js";
import { RefusedError } from "../../../extension/errors.js";

const FROM = { id: 7, url: "https://example.net/" };
const LINK = "https://example.org:8000/a?b";

function parts(browser = new FakeBrowser()) {
  const daemon = new FakeDaemon();
  const deliveries = new Deliveries(daemon, browser);
  const badge = new Badge(browser, () => null);
  deliveries.subscribe((tracked) => void badge.show(tracked));
  return { browser, daemon, links: new Links(browser, deliveries, badge) };
}

test("a link is opened behind, captured when it is there, and closed when the daemon has it", async () => {
  const { browser, daemon, links } = parts();
  browser.theTab = { id: 101, url: LINK };
  browser.snapshot = (tab) => {
    assert.deepEqual(browser.pages.awaited, [tab]);
    return Promise.resolve(SNAPSHOT);
  };

  await links.archive(LINK, FROM);

  assert.deepEqual(browser.sites.asked, ["https://example.org/*"]);
  assert.deepEqual(browser.pages.opened, [{ url: LINK, opener: FROM.id }]);
  assert.deepEqual(daemon.sent.map(({ part, draft, plan }) => ({ part, draft, plan })), [
    { part: "page", draft: false, plan: null },
  ]);
  assert.deepEqual(browser.pages.closed, browser.pages.awaited);
  assert.equal(browser.badge(FROM.id)?.text, "…");
});

test("the site is asked for in the gesture, before anything else is waited for", () => {
  const { browser, links } = parts();

  void links.archive(LINK, FROM);

  assert.equal(browser.sites.asked.length, 1);
});

test("nothing is opened of a site that the user does not allow", async () => {
  const { browser, links } = parts();
  browser.sites.answer = false;

  await links.archive(LINK, FROM);

  assert.deepEqual(browser.pages.opened, []);
  assert.match(browser.badge(FROM.id)?.title ?? "", /error_site_not_allowed\nhint_site_not_allowed/);
});

test("a link that leads to a site which may not be read says so and stays open", async () => {
  const { browser, daemon, links } = parts();
  browser.theTab = { id: 101, url: "" };
  browser.snapshot = () => Promise.reject(new Error("Missing host permission for the tab"));

  await links.archive(LINK, FROM);

  assert.match(browser.badge(FROM.id)?.title ?? "", /error_link_led_away/);
  assert.equal(daemon.sent.length + browser.pages.closed.length, 0);
});

test("what the daemon does not take stays open and is told where the link was", async () => {
  const { browser, daemon, links } = parts();
  daemon.send = () => Promise.reject(new RefusedError(507, PROBLEM));

  await links.archive(LINK, FROM);

  assert.match(browser.badge(FROM.id)?.title ?? "", /folder_missing/);
  assert.deepEqual(browser.pages.closed, []);
});

for (const [name, change] of /** @type {[string, (browser: FakeBrowser) => void][]} */ ([
  ["before", (browser) => (browser.pages.onSettled = () => Promise.reject(new Error("No tab")))],
  ["after", (browser) => (browser.theTab = null)],
])) {
  test(`a tab that the user closes ${name} it is there is told`, async () => {
    const { browser, links } = parts();
    change(browser);

    await links.archive(LINK, FROM);

    assert.match(browser.badge(FROM.id)?.title ?? "", /error_page_gone/);
  });
}

test("the next worker goes on with what the last one opened, once", async () => {
  const browser = new FakeBrowser();
  browser.pages.onSettled = () => new Promise(() => {});
  void parts(browser).links.archive(LINK, FROM);
  await soon(() => browser.pages.awaited.length === 1);
  browser.pages.onSettled = () => Promise.resolve();

  const { daemon, links } = parts(browser);
  await links.resume();
  await links.resume();

  assert.equal(daemon.sent.length, 1);
  assert.deepEqual(browser.pages.closed, [101]);
});

test("what the last worker has sent is not sent again, and stays open", async () => {
  const browser = new FakeBrowser();
  const first = parts(browser);
  first.daemon.send = () => new Promise(() => {});
  void first.links.archive(LINK, FROM);
  await soon(() => JSON.stringify([...browser.session.values]).includes('"isSent":true'));

  const { daemon, links } = parts(browser);
  await links.resume();

  assert.equal(daemon.sent.length, 0);
  assert.deepEqual(browser.session.values.get("links"), []);
});
