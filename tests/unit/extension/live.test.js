import assert from "node:assert/strict";
import { test } from "node:test";

import { ExtensionError } from "../../../extension/errors.js";
import { Live } from "../../../extension/library/live.js";
import { deliveriesOf } from "../../../extension/library/whereabouts.js";
import { FakeDaemon, RECEIPT, deliveryOf, noteOf, soon, viewOf } from "./fakes.js";

const INDEXED = Object.freeze({ type: /** @type {const} */ ("indexed"), capture: "n1" });

function parts() {
  const daemon = new FakeDaemon();
  const live = new Live(daemon, [0]);
  /** @type {string[]} */
  const heard = [];
  const leave = live.attend(({ type }) => void heard.push(type));
  return { daemon, live, heard, leave };
}

test("events are heard, and again after the connection broke", async () => {
  const { daemon, live, heard } = parts();
  live.follow();
  live.follow();
  await daemon.say(INDEXED);
  await daemon.say(new ExtensionError("host-lost"));
  await soon(() => daemon.connections === 2);
  await daemon.say(INDEXED);
  await soon(() => heard.length === 4);

  assert.deepEqual(heard, ["hello", "indexed", "hello", "indexed"]);
});

test("who has left hears nothing more", async () => {
  const { daemon, live, heard, leave } = parts();
  live.follow();
  await soon(() => heard.length === 1);
  leave();
  await daemon.say(INDEXED);
  await daemon.say(new ExtensionError("host-lost"));
  await soon(() => daemon.connections === 2);

  assert.deepEqual(heard, ["hello"]);
});

test("what a person has to mend first is not tried again until it is asked for", async () => {
  const { daemon, live, heard } = parts();
  daemon.troubles = [new ExtensionError("host-missing")];
  live.follow();
  await soon(() => daemon.connections === 1);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(daemon.connections, 1);

  live.follow();
  await soon(() => heard.length === 1);
});

test("a note is where the library knows it, and on its way where it was not delivered", () => {
  const [delivered, waiting] = [deliveryOf("local", { state: "delivered", receipt: RECEIPT }), deliveryOf("github")];
  const stored = { url: null, revision: null, stored_at: "2026-11-20T08:00:00Z" };
  const places = [
    { backend: "local", place: "~/notes/moved.md", ...stored },
    { backend: "old", place: "~/old/a.md", ...stored },
  ];

  const told = deliveriesOf(noteOf("n1", { places }), viewOf({ id: "n1", deliveries: [delivered, waiting] }));

  assert.deepEqual(
    told.map(({ backend, state, receipt }) => [backend, state, receipt?.place ?? null]),
    [
      ["local", "delivered", "~/notes/moved.md"],
      ["github", "waiting", null],
      ["old", "delivered", "~/old/a.md"],
    ],
  );
  assert.deepEqual(
    deliveriesOf(noteOf("n1", { places }), null).map(({ backend }) => backend),
    ["local", "old"],
  );
});
