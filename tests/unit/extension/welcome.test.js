import assert from "node:assert/strict";
import { test } from "node:test";

import { ExtensionError } from "../../../extension/errors.js";
import { exported, imported } from "../../../extension/options/transfer.js";
import { commandFor, followProgress } from "../../../extension/welcome/progress.js";

/** @import { Progress } from "../../../extension/welcome/progress.js" */
/** @import { Status } from "../../../extension/messages.js" */

const BROWSER = { text: (/** @type {string} */ key) => key };

/** @param {number} archived */
function statusWith(archived) {
  /** @type {Status} */
  const status = { version: "1", protocol: 1, plans: [], plan: "", captures: { archived }, faults: [] };
  return Promise.resolve(status);
}

/** @param {...(() => Promise<Status>)} answers */
async function stagesOf(...answers) {
  /** @type {Progress["stage"][]} */
  const stages = [];
  let connections = 0;
  const connect = () => {
    connections += 1;
    return { status: () => answers.shift()?.() ?? statusWith(1) };
  };
  await followProgress(connect, BROWSER, ({ stage }) => stages.push(stage), () => Promise.resolve());
  return { stages, connections };
}

/** @param {"host-missing" | "host-broken"} code */
const failing = (code) => () => Promise.reject(new ExtensionError(code));

test("it goes on by itself from a missing program to the first page", async () => {
  const { stages, connections } = await stagesOf(
    failing("host-missing"),
    failing("host-missing"),
    () => statusWith(0),
    () => statusWith(0),
  );

  assert.deepEqual(stages, ["missing", "ready", "done"]);
  assert.equal(connections, 3);
});

test("a program that does not work is told with the reason", async () => {
  const { stages } = await stagesOf(failing("host-broken"), () => statusWith(2));

  assert.deepEqual(stages, ["failing", "done"]);
});

test("the command is one that the system understands", () => {
  assert.equal(commandFor("linux"), "make install");
  assert.equal(commandFor("mac"), "make install");
  assert.match(commandFor("win"), /guidang install$/);
});

test("settings that were written to a file are read from it", () => {
  const settings = { language: "en", plans: { local: { backends: ["local"] } } };

  assert.deepEqual(imported(exported(settings)), settings);
});

for (const text of ["", "{", "[]", '{"format": "other", "settings": {}}', '{"settings": {}}']) {
  test(`a file with ${text || "nothing"} is none of settings`, () => {
    assert.equal(imported(text), null);
  });
}
