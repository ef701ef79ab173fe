import assert from "node:assert/strict";
import { test } from "node:test";

import { ExtensionError } from "../../../extension/errors.js";
import { NativePort } from "../../../extension/native-port.js";
import { FakeHost, PROBLEM, soon } from "./fakes.js";

/** @import { Frame } from "./fakes.js" */

/**
 * A port to a host that a test drives; answers come at once or not at all, so waits are short.
 * @param {(frame: Frame, host: FakeHost) => void} onFrame
 * @param {ConstructorParameters<typeof NativePort>[1]} [limits]
 */
function portTo(onFrame, limits) {
  const host = new FakeHost();
  host.onFrame = onFrame;
  const short = { piece: 20, answer: 20, stream: 20, idle: 20, ...limits };
  return { host, port: new NativePort(() => host.connect(), short) };
}

/**
 * Take every piece and answer the last one.
 * @param {number} status
 * @param {unknown} body
 * @returns {(frame: Frame, host: FakeHost) => void}
 */
function answering(status, body) {
  return (frame, host) => (frame.more ? host.proceed(frame) : host.answer(frame, status, body));
}

/** @param {string} code */
function failsWith(code) {
  return (/** @type {unknown} */ error) => error instanceof ExtensionError && error.code === code;
}

test("the host is started before it is asked, and rests when nobody asks", async () => {
  const { host, port } = portTo(answering(200, {}));

  port.wake();
  await port.request("GET", "/status");
  assert.equal(host.connections, 1);
  await soon(() => host.closed === 1);
  port.wake();
  assert.equal(host.connections, 2);
  await soon(() => host.closed === 2);
});

test("a request that fits goes in one frame", async () => {
  const { host, port } = portTo(answering(200, { fine: true }));

  const answer = await port.request("POST", "/captures", ["{}"]);

  assert.deepEqual(answer, { status: 200, body: '{"fine":true}' });
  assert.deepEqual(host.frames, [{ id: "r1", method: "POST", path: "/captures", body: "{}" }]);
});

test("a longer body goes in pieces that name the request once", async () => {
  const { host, port } = portTo(answering(201, {}), { size: 4 });

  await port.request("POST", "/captures", ["abcdefghij"]);

  assert.deepEqual(host.frames, [
    { id: "r1", method: "POST", path: "/captures", body: "abcd", more: true },
    { id: "r1", body: "efgh", more: true },
    { id: "r1", body: "ij" },
  ]);
});

test("the next piece waits for the word that the last one went on", async () => {
  const { host, port } = portTo(() => {}, { size: 4, piece: 10_000 });

  const answer = port.request("POST", "/captures", ["abcdefgh"]);
  await soon(() => host.frames.length > 0);
  assert.equal(host.frames.length, 1);
  host.onFrame = answering(201, {});
  host.send({ id: "r1", status: 100 });

  assert.equal((await answer).status, 201);
  assert.equal(host.frames.length, 2);
});

test("no piece ends inside a surrogate pair", async () => {
  const { host, port } = portTo(answering(200, {}), { size: 4 });

  await port.request("POST", "/captures", ["abc😀def😀"]);

  assert.deepEqual(
    host.frames.map((frame) => frame.body),
    ["abc", "😀de", "f😀"],
  );
});

test("parts are joined and cut anew", async () => {
  const { host, port } = portTo(answering(200, {}), { size: 4 });

  await port.request("POST", "/captures", ["a", "bcdef", "", "ghi😀"]);

  assert.deepEqual(
    host.frames.map((frame) => frame.body),
    ["abcd", "efgh", "i😀"],
  );
});

test("a lone surrogate is replaced before it is sent", async () => {
  const { host, port } = portTo(answering(200, {}));

  await port.request("POST", "/captures", ["lone \ud83d here"]);

  assert.equal(host.frames[0]?.body, "lone \ufffd here");
});

test("an answer in pieces arrives whole", async () => {
  const { port } = portTo(({ id }, host) => {
    host.send({ id, status: 200, body: "one ", more: true });
    host.send({ id, status: 200, body: "two", more: true });
    host.send({ id, status: 200 });
  });

  assert.deepEqual(await port.request("GET", "/captures"), { status: 200, body: "one two" });
});

test("an answer before the last piece ends the upload", async () => {
  const { host, port } = portTo((frame, host) => host.answer(frame, 413, {}), { size: 4 });

  const answer = await port.request("POST", "/captures", ["abcdefgh"]);

  assert.equal(answer.status, 413);
  assert.equal(host.frames.length, 1);
});

test("answers find their requests in any order", async () => {
  const { host, port } = portTo(() => {}, { answer: 10_000 });

  const both = Promise.all([port.request("GET", "/a"), port.request("GET", "/b")]);
  await soon(() => host.frames.length === 2);
  host.send({ id: "r2", status: 200, body: "b" });
  host.send({ id: "r1", status: 200, body: "a" });

  assert.deepEqual(
    (await both).map(({ body }) => body),
    ["a", "b"],
  );
});

test("a host that says nothing is not waited for without end, and is told to stop", async () => {
  const { host, port } = portTo(() => {});

  await assert.rejects(port.request("GET", "/status"), failsWith("host-silent"));
  assert.deepEqual(host.frames.at(-1), { id: "r1", cancel: true });
});

test("the time limit is for a piece, not for the whole upload", async () => {
  const { port } = portTo(
    (frame, host) => {
      setTimeout(() => (frame.more ? host.proceed(frame) : host.answer(frame, 201, {})), 15);
    },
    { size: 1, piece: 40, answer: 40 },
  );

  assert.equal((await port.request("POST", "/captures", ["abcdef"])).status, 201);
});

/** @type {[string, string][]} Chromium's words and Firefox's. */
const REASONS = [
  ["Specified native messaging host not found.", "host-missing"],
  ["No such native application guidang", "host-missing"],
  ["Access to the specified native messaging host is forbidden.", "host-forbidden"],
  ["This extension does not have permission to use native application guidang", "host-forbidden"],
  ["Failed to start native messaging host.", "host-broken"],
  ["An unexpected error occurred", "host-broken"],
  ["Native host has exited.", "host-lost"],
  ["Error when communicating with the native messaging host.", "host-lost"],
  ["", "host-lost"],
];

for (const [reason, code] of REASONS) {
  test(`a port that closes with “${reason}” fails all requests with ${code}`, async () => {
    const { port } = portTo((_frame, host) => host.die(reason));

    const results = await Promise.allSettled([port.request("GET", "/a"), port.request("GET", "/b")]);

    for (const result of results) {
      assert.ok(result.status === "rejected" && failsWith(code)(result.reason));
    }
  });
}

test("after the host is lost the next request starts another", async () => {
  const { host, port } = portTo((_frame, host) => host.die("Native host has exited."));
  await assert.rejects(port.request("GET", "/status"), failsWith("host-lost"));
  host.onFrame = answering(200, {});

  assert.equal((await port.request("GET", "/status")).status, 200);
  assert.equal(host.connections, 2);
});

test("a frame that the host could not read fails what is under way", async () => {
  const { port } = portTo((_frame, host) =>
    host.send({ id: null, status: 400, body: JSON.stringify({ error: PROBLEM }) }),
  );

  await assert.rejects(port.request("GET", "/status"), failsWith(PROBLEM.code));
});

test("the port closes when there was nothing to do for a while", async () => {
  const { host, port } = portTo(answering(200, {}));

  await port.request("GET", "/status");
  await new Promise((resolve) => setTimeout(resolve, 30));

  assert.equal(host.closed, 1);
});

test("the port stays open while a stream is", async () => {
  const { host, port } = portTo(({ id }, host) => host.send({ id, status: 200, body: "", more: true }), {
    stream: 10_000,
    idle: 5,
  });
  const abort = new AbortController();

  const lines = port.lines("GET", "/events", abort.signal).next();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(host.closed, 0);
  abort.abort();

  assert.equal((await lines).done, true);
});

test("a stream gives lines as they come, whole, without heartbeats", async () => {
  const { port } = portTo(({ id }, host) => {
    host.send({ id, status: 200, body: '{"a":1}\n\n{"b"', more: true });
    host.send({ id, status: 200, body: ":2}\n", more: true });
    host.send({ id, status: 200 });
  });

  const lines = await Array.fromAsync(port.lines("GET", "/events", new AbortController().signal));

  assert.deepEqual(lines, ['{"a":1}', '{"b":2}']);
});

test("leaving a stream cancels its request", async () => {
  const { host, port } = portTo(
    ({ id, cancel }, host) => cancel ?? host.send({ id, status: 200, body: "line\n", more: true }),
  );

  for await (const line of port.lines("GET", "/events", new AbortController().signal)) {
    assert.equal(line, "line");
    break;
  }

  assert.deepEqual(host.frames.at(-1), { id: "r1", cancel: true });
});

test("a stream that breaks off in the middle of a line fails with the host's reason", async () => {
  const { port } = portTo(({ id }, host) => {
    host.send({ id, status: 200, body: '{"a":1}\n{"b"', more: true });
    host.send({ id, status: 502, body: JSON.stringify({ error: PROBLEM }) });
  });

  await assert.rejects(
    Array.fromAsync(port.lines("GET", "/events", new AbortController().signal)),
    failsWith(PROBLEM.code),
  );
});

test("a stream that the daemon refuses fails with its reason", async () => {
  const { port } = portTo(answering(404, { error: PROBLEM }));

  await assert.rejects(
    Array.fromAsync(port.lines("GET", "/events", new AbortController().signal)),
    failsWith(PROBLEM.code),
  );
});
