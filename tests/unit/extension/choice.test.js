import assert from "node:assert/strict";
import { test } from "node:test";

import { ExtensionError, RefusedError } from "../../../extension/errors.js";
import { Choice, choicesOf, isSame } from "../../../extension/options/choice.js";
import { FakeBrowser, PROBLEM, soon } from "./fakes.js";

/** @import { Destination, Destinations } from "../../../extension/messages.js" */
/** @import { ChoiceState } from "../../../extension/options/choice.js" */

/** @typedef {PromiseWithResolvers<Destinations> & {backend: string, below: string}} Question */

/**
 * @param {string} name
 * @param {Record<string, string>} [settings]
 * @returns {Destination}
 */
function placeOf(name, settings = { folder: `t-${name}`, wiki: "" }) {
  return { name, token: `t-${name}`, kind: "folder", settings };
}

const [WORK, HOME, TIDES] = [placeOf("Work"), placeOf("Home"), placeOf("Tides")];

/**
 * @param {Destination[]} places
 * @param {Partial<Destinations>} [more]
 * @returns {Destinations}
 */
function listOf(places, more = {}) {
  return { places, warning: null, here: null, chosen: null, ...more };
}

/** A daemon whose lists come when a test says so; what is written and tried is written down. */
class FakePlaces {
  /** @type {Question[]} */
  questions = [];
  /** @type {string[]} What was done, in its order. */
  log = [];
  /** @type {() => Promise<void>} */
  onWrite = () => Promise.resolve();
  /** @type {() => Promise<string>} */
  onCheck = () => Promise.resolve("It works.");
  names = ["local", "feishu"];

  backends = () => Promise.resolve(this.names);

  /**
   * @param {string} backend
   * @param {string} below
   */
  places(backend, below) {
    /** @type {Question} */
    const question = { ...Promise.withResolvers(), backend, below };
    this.questions.push(question);
    return question.promise;
  }

  /**
   * @param {string} _
   * @param {Record<string, string>} settings
   */
  choosePlace(_, settings) {
    this.log.push(`write ${settings.folder}`);
    return this.onWrite();
  }

  /** @param {string} backend */
  check(backend) {
    this.log.push(`check ${backend}`);
    return this.onCheck();
  }

  /** The question that was asked last. */
  get last() {
    const question = this.questions.at(-1);
    assert.ok(question);
    return question;
  }
}

function parts() {
  const daemon = new FakePlaces();
  const choice = new Choice("feishu", daemon, new FakeBrowser());
  /** @type {ChoiceState[]} */
  const states = [];
  choice.follow((state) => states.push(state));
  return { daemon, choice, states };
}

/** A list that is open at its beginning. */
async function opened() {
  const all = parts();
  const opening = all.choice.open();
  all.daemon.last.resolve(listOf([WORK, HOME]));
  await opening;
  return all;
}

/** @param {Choice} choice */
function shown({ state }) {
  return state.list?.places?.map(({ name }) => name) ?? null;
}

/** @param {Choice} choice */
function trail({ state }) {
  return state.list?.trail.map(({ name }) => name) ?? [];
}

const refusal = (/** @type {string} */ code) => new RefusedError(502, { ...PROBLEM, code });

test("only backends that have places are shown, in the order of the settings", async () => {
  const daemon = new FakePlaces();
  daemon.names = ["local", "one", "two"];
  const choices = choicesOf(daemon, new FakeBrowser());
  await soon(() => daemon.questions.length === 3);
  const [local, one, two] = daemon.questions;
  two?.resolve(listOf([], { chosen: WORK }));
  one?.reject(refusal("sign-in-needed"));
  local?.reject(refusal("places-unknown"));

  const found = await choices;
  assert.deepEqual(
    found.map(({ backend, state }) => [backend, state.chosen?.name, state.error?.code]),
    [
      ["one", undefined, "sign-in-needed"],
      ["two", "Work", undefined],
    ],
  );
});

test("what the service did not tell is asked for again", async () => {
  const { daemon, choice } = parts();
  const look = choice.look();
  daemon.last.reject(new ExtensionError("host-missing"));
  await look;
  assert.equal(choice.state.error?.message, "error_host_missing");

  const retry = choice.retry();
  daemon.last.resolve(listOf([], { chosen: WORK }));
  await retry;

  assert.deepEqual([choice.state.error, choice.state.chosen], [null, WORK]);
});

test("one goes into a place and back", async () => {
  const { daemon, choice } = await opened();

  const entering = choice.enter(WORK);
  assert.deepEqual([shown(choice), trail(choice)], [null, ["", "Work"]]);
  daemon.last.resolve(listOf([TIDES], { here: WORK }));
  await entering;
  assert.deepEqual([shown(choice), daemon.last.below], [["Tides"], "t-Work"]);
  assert.equal(choice.state.list?.here, WORK);

  const back = choice.back(0);
  assert.deepEqual([daemon.last.below, trail(choice)], ["", [""]]);
  daemon.last.resolve(listOf([HOME]));
  await back;
  assert.deepEqual(shown(choice), ["Home"]);
});

test("a place is found by its address, and then has its name", async () => {
  const { daemon, choice } = await opened();

  const finding = choice.find("  https://example.org/folder/t-Tides ");
  assert.equal(daemon.last.below, "https://example.org/folder/t-Tides");
  daemon.last.resolve(listOf([], { here: TIDES }));
  await finding;

  assert.deepEqual(choice.state.list?.trail.at(-1), { name: "Tides", below: "t-Tides" });
});

test("a place that the service does not name keeps the name that it had in the list", async () => {
  const { daemon, choice } = await opened();
  const nameless = { ...WORK, name: "" };

  const entering = choice.enter(WORK);
  daemon.last.resolve(listOf([], { here: nameless }));
  await entering;
  assert.deepEqual(trail(choice), ["", "Work"]);

  const finding = choice.find("https://example.org/folder/t-Work");
  daemon.last.resolve(listOf([], { here: nameless }));
  await finding;
  assert.deepEqual(trail(choice), ["", "t-Work"]);
});

test("nothing is looked for without an address", async () => {
  const { daemon, choice } = await opened();

  await choice.find("  ");

  assert.deepEqual([daemon.questions.length, shown(choice)], [1, ["Work", "Home"]]);
});

test("an answer that comes after a newer one replaces nothing", async () => {
  const { daemon, choice } = await opened();
  const slow = choice.enter(WORK);
  const question = daemon.last;
  const quick = choice.back(0);
  daemon.last.resolve(listOf([HOME]));
  await quick;

  question.resolve(listOf([TIDES]));
  await slow;

  assert.deepEqual([shown(choice), trail(choice)], [["Home"], [""]]);
});

test("a place that is entered twice is one step", async () => {
  const { daemon, choice } = await opened();
  const list = choice.state.list;
  const [first, second] = [choice.enter(WORK), choice.enter(WORK)];
  for (const question of daemon.questions.slice(1)) {
    question.resolve(listOf([TIDES]));
  }
  await Promise.all([first, second]);

  assert.ok(list);
  assert.deepEqual([shown(choice), trail(choice)], [["Tides"], ["", "Work"]]);
});

for (const end of /** @type {const} */ (["resolve", "reject"])) {
  test(`a list that was closed while it loads stays closed when its answer comes (${end})`, async () => {
    const { daemon, choice } = parts();
    const opening = choice.open();
    choice.close();

    daemon.last[end](/** @type {any} */ (end === "resolve" ? listOf([WORK]) : refusal("x")));
    await opening;

    assert.equal(choice.state.list, null);
  });
}

test("a list that fails says why, keeps the way back, and is asked for again", async () => {
  const { daemon, choice } = await opened();
  const entering = choice.enter(WORK);
  daemon.last.reject(refusal("place-not-shared"));
  await entering;
  assert.equal(choice.state.list?.error?.code, "place-not-shared");
  assert.deepEqual(trail(choice), ["", "Work"]);

  const again = choice.again();
  assert.equal(choice.state.list.error, null);
  daemon.last.resolve(listOf([TIDES]));
  await again;

  assert.deepEqual([daemon.last.below, shown(choice)], ["t-Work", ["Tides"]]);
});

test("what is missing in a list is told with it", async () => {
  const { daemon, choice } = parts();
  const opening = choice.open();
  daemon.last.resolve(listOf([WORK], { warning: PROBLEM }));
  await opening;

  assert.equal(choice.state.list?.warning, PROBLEM);
});

test("a place that is chosen is written, then tried", async () => {
  const { daemon, choice, states } = await opened();

  await choice.use(WORK);

  assert.deepEqual(daemon.log, ["write t-Work", "check feishu"]);
  assert.deepEqual([choice.state.chosen, choice.state.list], [WORK, null]);
  assert.equal(choice.state.told, "It works.");
  const steps = states.map(({ progress }) => progress).filter((each) => each !== null);
  assert.deepEqual([...new Set(steps)], ["saving", "checking", "checked"]);
});

test("what could not be written is not chosen, and is written again", async () => {
  const { daemon, choice } = await opened();
  daemon.onWrite = () => Promise.reject(refusal("settings-not-written"));
  await choice.use(WORK);
  assert.deepEqual([choice.state.progress, choice.state.chosen], ["unsaved", null]);
  assert.equal(choice.state.error?.code, "settings-not-written");

  daemon.onWrite = () => Promise.resolve();
  await choice.retry();

  assert.deepEqual([choice.state.progress, choice.state.chosen], ["checked", WORK]);
  assert.deepEqual(daemon.log, ["write t-Work", "write t-Work", "check feishu"]);
});

test("a place that takes no notes is chosen all the same, and tried again", async () => {
  const { daemon, choice } = await opened();
  daemon.onCheck = () => Promise.reject(refusal("folder-not-shared"));
  await choice.use(WORK);
  assert.deepEqual([choice.state.progress, choice.state.chosen], ["unchecked", WORK]);

  daemon.onCheck = () => Promise.resolve("It works now.");
  await choice.retry();

  assert.deepEqual([choice.state.progress, choice.state.told], ["checked", "It works now."]);
  assert.equal(daemon.log.filter((each) => each.startsWith("write")).length, 1);
});

test("of two choices the second one counts, however slow the first is", async () => {
  const { daemon, choice } = await opened();
  /** @type {PromiseWithResolvers<void>} */
  const slow = Promise.withResolvers();
  daemon.onWrite = () => slow.promise;
  const first = choice.use(WORK);
  await soon(() => daemon.log.length === 1);
  const second = choice.use(HOME);
  daemon.onWrite = () => Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(daemon.log, ["write t-Work"]);
  slow.resolve();
  await Promise.all([first, second]);

  assert.deepEqual(daemon.log, ["write t-Work", "write t-Home", "check feishu"]);
  assert.deepEqual([choice.state.chosen, choice.state.progress], [HOME, "checked"]);
});

for (const end of /** @type {const} */ (["resolve", "reject"])) {
  test(`what was said of a choice before the last is dropped (${end})`, async () => {
    const { daemon, choice, states } = await opened();
    /** @type {PromiseWithResolvers<string>} */
    const slow = Promise.withResolvers();
    daemon.onCheck = () => slow.promise;
    const first = choice.use(WORK);
    await soon(() => daemon.log.includes("check feishu"));
    const second = choice.use(HOME);
    daemon.onCheck = () => Promise.resolve("Home works.");
    slow[end](/** @type {any} */ (end === "resolve" ? "Work works." : refusal("x")));
    await Promise.all([first, second]);

    assert.equal(choice.state.told, "Home works.");
    assert.ok(states.every(({ told, error }) => told !== "Work works." && error === null));
  });
}

test("a list that is asked for while a choice is written does not take it back", async () => {
  const { daemon, choice } = await opened();
  /** @type {PromiseWithResolvers<void>} */
  const slow = Promise.withResolvers();
  daemon.onWrite = () => slow.promise;
  const using = choice.use(WORK);
  const opening = choice.open();
  slow.resolve();
  await using;
  daemon.last.resolve(listOf([WORK, HOME], { chosen: HOME }));
  await opening;

  assert.equal(choice.state.chosen, WORK);
});

test("a list tells what was chosen elsewhere meanwhile", async () => {
  const { daemon, choice } = parts();
  const opening = choice.open();
  daemon.last.resolve(listOf([WORK], { chosen: WORK }));
  await opening;

  assert.equal(choice.state.chosen, WORK);
});

test("a place is the chosen one when its settings are, empty ones like none", () => {
  assert.ok(isSame(WORK, placeOf("Renamed", { folder: "t-Work" })));
  assert.ok(!isSame(WORK, HOME));
  assert.ok(!isSame(WORK, placeOf("Work", { folder: "t-Work", wiki: "7" })));
  assert.ok(!isSame(placeOf("Top", { folder: "" }), null));
});
