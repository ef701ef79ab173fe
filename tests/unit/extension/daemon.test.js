import assert from "node:assert/strict";
import { test } from "node:test";

import { Daemon } from "../../../extension/daemon.js";
import { ExtensionError, RefusedError } from "../../../extension/errors.js";
import { captureOf, PROBLEM } from "./fakes.js";

const CAPTURE = captureOf();
const ACCEPTED = { status: 201, body: JSON.stringify({ id: CAPTURE.id, state: "accepted" }) };

/**
 * A daemon behind a port that gives these answers, one after the other.
 * @param {({status: number, body: string} | Error)[]} answers
 * @param {number} [limit]
 */
function daemonWith(answers, limit = 1_000_000) {
  /** @type {{method: string, path: string, body: string}[]} */
  const requests = [];
  const port = {
    /**
     * @param {string} method
     * @param {string} path
     * @param {Iterable<string>} [body]
     */
    request(method, path, body = []) {
      requests.push({ method, path, body: [...body].join("") });
      const answer = answers[requests.length - 1] ?? new Error("one request too many");
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    async *lines() {
      yield* await Promise.resolve(answers.map((answer) => ("body" in answer ? answer.body : "")));
    },
    wake() {},
  };
  return { requests, daemon: new Daemon(port, limit) };
}

for (const code of /** @type {const} */ (["host-lost", "host-silent"])) {
  test(`a capture goes out again with the same id after ${code}`, async () => {
    const { requests, daemon } = daemonWith([new ExtensionError(code), ACCEPTED]);

    const answer = await daemon.send(CAPTURE);

    assert.equal(answer.state, "accepted");
    assert.equal(requests.length, 2);
    assert.deepEqual(requests[0], requests[1]);
  });
}

for (const code of ["daemon-lost", "daemon-unreachable"]) {
  test(`a capture goes out again after the relay said ${code}`, async () => {
    const refusal = { status: 503, body: JSON.stringify({ error: { ...PROBLEM, code } }) };
    const { requests, daemon } = daemonWith([refusal, refusal, ACCEPTED]);

    await daemon.send(CAPTURE);

    assert.equal(requests.length, 3);
  });
}

test("a capture arrives as the JSON of all its fields, however long", async () => {
  const { requests, daemon } = daemonWith([ACCEPTED], 10_000_000);
  const images = [
    { url: 'https://example.org/"a".png', data: "AAAA".repeat(500_000) },
    { url: "blob:https://example.org/b", data: "BBBB" },
  ];
  const html = `<p>${"\"quoted\" 😀\n".repeat(200_000)}</p>`;
  const capture = captureOf({ html, selection: "<b>", images });

  await daemon.send(capture);

  assert.deepEqual(JSON.parse(requests[0]?.body ?? ""), capture);
});

test("the third loss is told", async () => {
  const lost = () => new ExtensionError("host-lost");
  const { requests, daemon } = daemonWith([lost(), lost(), lost(), ACCEPTED]);

  await assert.rejects(daemon.send(CAPTURE), { code: "host-lost" });
  assert.equal(requests.length, 3);
});

test("a host that is not there is not asked twice", async () => {
  const { requests, daemon } = daemonWith([new ExtensionError("host-missing"), ACCEPTED]);

  await assert.rejects(daemon.send(CAPTURE), { code: "host-missing" });
  assert.equal(requests.length, 1);
});

test("what the daemon refuses is not sent again", async () => {
  const refusal = { status: 400, body: JSON.stringify({ error: PROBLEM }) };
  const { requests, daemon } = daemonWith([refusal, ACCEPTED]);

  await assert.rejects(
    daemon.send(CAPTURE),
    (error) =>
      error instanceof RefusedError && error.status === 400 && error.code === PROBLEM.code,
  );
  assert.equal(requests.length, 1);
});

test("what this browser cannot carry is refused before anything is sent", async () => {
  const { requests, daemon } = daemonWith([ACCEPTED], 50);

  await assert.rejects(daemon.send(CAPTURE), { code: "capture-too-large" });
  assert.equal(requests.length, 0);
});

test("an answer that is not JSON is an expected error", async () => {
  const { daemon } = daemonWith([{ status: 200, body: "<html>" }]);

  await assert.rejects(daemon.view("x"), { code: "answer-invalid" });
});

test("a daemon that speaks another protocol is told as one", async () => {
  const status = { version: "9", protocol: 2, plans: [], plan: "local" };
  const hello = { type: "hello", version: "9", protocol: 2 };
  const { daemon } = daemonWith([{ status: 200, body: JSON.stringify(status) }]);
  const { daemon: other } = daemonWith([{ status: 200, body: JSON.stringify(hello) }]);

  await assert.rejects(daemon.status(), { code: "versions-differ" });
  await assert.rejects(Array.fromAsync(other.events(new AbortController().signal)), {
    code: "versions-differ",
  });
});

test("events of a type that is not known yet are passed over", async () => {
  const { daemon } = daemonWith([
    { status: 200, body: '{"type":"hello","version":"9","protocol":1}' },
    { status: 200, body: '{"type":"translated","capture":"x"}' },
    { status: 200, body: '{"type":"ready","capture":"x"}' },
  ]);

  const events = await Array.fromAsync(daemon.events(new AbortController().signal));

  assert.deepEqual(
    events.map(({ type }) => type),
    ["hello", "ready"],
  );
});

test("a summary comes in its pieces, and those that only a newer daemon knows are passed over", async () => {
  const lines = [{ type: "text", text: "a" }, { type: "later" }, { type: "anew" }];
  const { daemon } = daemonWith(lines.map((line) => ({ status: 200, body: JSON.stringify(line) })));

  const pieces = await Array.fromAsync(daemon.summarize("id", new AbortController().signal));

  assert.deepEqual(pieces, [{ type: "text", text: "a" }, { type: "anew" }]);
});

test("a summary that fails tells the daemon's reason", async () => {
  const body = JSON.stringify({ type: "error", error: PROBLEM });
  const { daemon } = daemonWith([{ status: 200, body }]);

  const pieces = Array.fromAsync(daemon.summarize("id", new AbortController().signal));

  await assert.rejects(pieces, (error) => {
    assert.ok(error instanceof RefusedError);
    assert.deepEqual([error.code, error.hint], [PROBLEM.code, PROBLEM.hint]);
    return true;
  });
});

const PLACE = { name: "Work", token: "7/a", kind: "node", settings: { folder: "", wiki: "7" } };
const PLACES = { places: [PLACE], warning: null, here: null, chosen: PLACE };

test("places are asked for by names and addresses of any kind", async () => {
  const answer = { status: 200, body: JSON.stringify(PLACES) };
  const { requests, daemon } = daemonWith([answer, answer, answer]);

  assert.deepEqual(await daemon.places("notes", ""), PLACES);
  await daemon.places("notes", "https://example.org/wiki/a?b=1&c#d e");
  await daemon.places("notes", "\ud800中");

  assert.deepEqual(
    requests.map(({ path }) => path),
    [
      "/backends/notes/places",
      "/backends/notes/places?below=https%3A%2F%2Fexample.org%2Fwiki%2Fa%3Fb%3D1%26c%23d%20e",
      "/backends/notes/places?below=%EF%BF%BD%E4%B8%AD",
    ],
  );
});

test("places of an older daemon tell neither where they are nor what is chosen", async () => {
  const { daemon } = daemonWith([{ status: 200, body: '{"places":[],"warning":null}' }]);

  assert.deepEqual(await daemon.places("notes", ""), {
    places: [],
    warning: null,
    here: null,
    chosen: null,
  });
});

test("places with a setting that is no text are not read", async () => {
  const strange = { ...PLACES, places: [{ ...PLACE, settings: { folder: 7 } }] };
  const { daemon } = daemonWith([{ status: 200, body: JSON.stringify(strange) }]);

  await assert.rejects(daemon.places("notes", ""), { code: "answer-invalid" });
});

test("a place is chosen by all of its settings, the empty ones too, and tried", async () => {
  const settings = { backends: { local: { kind: "local" }, notes: {} }, plan: "local" };
  const { requests, daemon } = daemonWith([
    { status: 200, body: JSON.stringify(settings) },
    { status: 200, body: JSON.stringify(settings) },
    { status: 200, body: '{"message":"It works."}' },
  ]);

  assert.deepEqual(await daemon.backends(), ["local", "notes"]);
  await daemon.choosePlace("notes", PLACE.settings);
  assert.equal(await daemon.check("notes"), "It works.");

  assert.deepEqual(requests.slice(1), [
    { method: "PATCH", path: "/settings", body: '{"backends":{"notes":{"folder":"","wiki":"7"}}}' },
    { method: "POST", path: "/backends/notes/check", body: "" },
  ]);
});
