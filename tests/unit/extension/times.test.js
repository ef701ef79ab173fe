import assert from "node:assert/strict";
import { test } from "node:test";

import { dayOf, momentOf } from "../../../extension/times.js";

// Without an offset: times of the clock here.
const NOW = new Date("2026-11-20T09:00:00");

test("a moment of today is told by its time alone", () => {
  assert.equal(momentOf("2026-11-20T14:05:00", "de", NOW), "14:05");
});

test("a moment of another day has its date", () => {
  assert.equal(momentOf("2026-11-21T14:05:00", "de", NOW), "21.11.2026, 14:05");
});

test("a day is told in the language of the browser", () => {
  assert.equal(dayOf("2026-11-20T14:05:00", "zh-CN"), "2026年11月20日");
});
