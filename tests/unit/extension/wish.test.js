import assert from "node:assert/strict";
import { test } from "node:test";

import {
  NOTHING,
  activeFilters,
  addressOf,
  isSameSearch,
  questionOf,
  readWish,
} from "../../../extension/library/wish.js";

const WISH = { ...NOTHING, query: "潮汐 & tides", site: "example.org", since: "2026-11-01", note: "n1" };

test("a wish is kept by the address", () => {
  assert.deepEqual(readWish(addressOf(WISH)), WISH);
  assert.deepEqual(readWish(addressOf(NOTHING)), NOTHING);
});

test("what the daemon would refuse is left out of an address", () => {
  const wish = readWish("?since=yesterday&until=2026-13-01&state=lost&other=x&tag=%20sea%20");

  assert.deepEqual(wish, { ...NOTHING, tag: "sea" });
});

test("the daemon is asked for a page of what matters", () => {
  assert.equal(
    questionOf(WISH, 2, true).toString(),
    "query=%E6%BD%AE%E6%B1%90+%26+tides&site=example.org&since=2026-11-01&limit=50&offset=100&count=true",
  );
  assert.equal(questionOf(NOTHING, 0, false).toString(), "limit=50&offset=0");
});

test("which note is read makes no other search", () => {
  assert.ok(isSameSearch(WISH, { ...WISH, note: "n2" }));
  assert.ok(!isSameSearch(WISH, { ...WISH, until: "2026-11-02" }));
});

test("filters that leave something out are told", () => {
  assert.deepEqual(activeFilters(WISH), ["site", "since"]);
});
