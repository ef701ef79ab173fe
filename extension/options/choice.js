/**
 * Where the notes of one backend go, and the list from which another place is chosen. It knows no
 * document: what is shown follows from its state.
 *
 * Answers come late, and in any order. One that is about a list which was left since is dropped;
 * what is chosen is written in the order of the choices.
 */

import { explain, hasCode } from "../errors.js";

/** @import { Browser } from "../browser.js" */
/** @import { Daemon } from "../daemon.js" */
/** @import { Destination, ErrorInfo } from "../messages.js" */

/** @typedef {Pick<Daemon, "backends" | "places" | "choosePlace" | "check">} Asked */

/**
 * A place on the way to the list that is shown; the first is the beginning, without name and token.
 * @typedef {{name: string, below: string}} Step
 */

/**
 * The list that is open. It is loading while it has neither places nor an error.
 * @typedef {object} OpenList
 * @property {Step[]} trail
 * @property {Destination | null} here - The place that the others are in.
 * @property {Destination[] | null} places
 * @property {ErrorInfo | null} warning - Why some are not told.
 * @property {ErrorInfo | null} error
 */

/**
 * How far the last choice has come.
 * - `saving`: it is being written to the settings; `unsaved`: it could not be.
 * - `checking`: it is tried; `checked`: it works; `unchecked`: it does not.
 * @typedef {"saving" | "unsaved" | "checking" | "checked" | "unchecked"} Progress
 */

/**
 * @typedef {object} ChoiceState
 * @property {Destination | null} chosen - Where notes go; null: it is not known.
 * @property {Progress | null} progress
 * @property {string} told - What the backend said when it was tried.
 * @property {ErrorInfo | null} error - Why it is not known, not written, or does not work.
 * @property {OpenList | null} list
 */

const START = Object.freeze({ name: "", below: "" });
const NOTHING = Object.freeze({ here: null, places: null, warning: null, error: null });

export class Choice {
  /** @type {ChoiceState} */
  state = { chosen: null, progress: null, told: "", error: null, list: null };
  /** Counts the lists that were asked for or closed. */
  #lists = 0;
  /** Counts the choices. */
  #choices = 0;
  /** One thing is written after the other. */
  #work = Promise.resolve();
  /** @type {Destination | null} The place that was chosen last. */
  #wished = null;
  /** @type {(state: ChoiceState) => void} */
  #show = () => {};

  /**
   * @param {string} backend
   * @param {Asked} daemon
   * @param {Pick<Browser, "text">} browser
   */
  constructor(backend, daemon, browser) {
    this.backend = backend;
    this.daemon = daemon;
    this.browser = browser;
  }

  /** @param {(state: ChoiceState) => void} show - Is told the state, now and whenever it changes. */
  follow(show) {
    this.#show = show;
    show(this.state);
  }

  /**
   * Ask where notes go.
   * @returns {Promise<boolean>} Whether the backend has places at all.
   */
  async look() {
    try {
      const { chosen } = await this.daemon.places(this.backend, "");
      this.#change({ chosen, error: null });
    } catch (error) {
      if (hasCode(error, "places-unknown")) {
        return false;
      }
      this.#change({ error: explain(error, this.browser.text) });
    }
    return true;
  }

  /** Open the list, at its beginning. */
  open() {
    return this.#list([START]);
  }

  /** @param {Destination} place - Of the list; one of a list that was left is not entered. */
  async enter(place) {
    if (this.state.list?.places?.includes(place)) {
      const step = { name: place.name || place.token, below: place.token };
      await this.#list([...this.#trail(), step]);
    }
  }

  /** @param {number} index - Of a step of the trail. */
  back(index) {
    return this.#list(this.#trail().slice(0, index + 1));
  }

  /**
   * Look at a place that is in no list, such as a folder that others share.
   * @param {string} address - Its token or its address in a browser.
   */
  async find(address) {
    const wished = address.trim();
    if (wished !== "") {
      await this.#list([START, { name: wished, below: wished }]);
    }
  }

  /** Ask for the list once more. */
  again() {
    return this.#list(this.#trail());
  }

  close() {
    this.#lists += 1;
    this.#change({ list: null });
  }

  /**
   * Have notes stored at a place from now on, and try it.
   * @param {Destination} place
   */
  use(place) {
    this.#wished = place;
    this.close();
    this.#begin("saving");
    return this.#queue(async (isLast) => {
      try {
        await this.daemon.choosePlace(this.backend, place.settings);
      } catch (error) {
        this.#fail("unsaved", error, isLast);
        return;
      }
      this.#change({ chosen: place });
      await this.#try(isLast);
    });
  }

  /** Try once more what went wrong. */
  async retry() {
    const { progress } = this.state;
    if (progress === "unsaved" && this.#wished !== null) {
      await this.use(this.#wished);
    } else if (progress === "unchecked") {
      this.#begin("checking");
      await this.#queue((isLast) => this.#try(isLast));
    } else {
      this.#change({ error: null });
      await this.look();
    }
  }

  /** @param {() => boolean} isLast */
  async #try(isLast) {
    if (!isLast()) {
      return; // what comes after it is tried itself
    }
    this.#change({ progress: "checking" });
    try {
      const told = await this.daemon.check(this.backend);
      if (isLast()) {
        this.#change({ progress: "checked", told });
      }
    } catch (error) {
      this.#fail("unchecked", error, isLast);
    }
  }

  /** @param {Progress} progress */
  #begin(progress) {
    this.#choices += 1;
    this.#change({ progress, told: "", error: null });
  }

  /** @param {(isLast: () => boolean) => Promise<void>} action */
  #queue(action) {
    const number = this.#choices;
    this.#work = this.#work.then(() => action(() => number === this.#choices));
    return this.#work;
  }

  /**
   * @param {Progress} progress
   * @param {unknown} error
   * @param {() => boolean} isLast
   */
  #fail(progress, error, isLast) {
    const info = explain(error, this.browser.text);
    if (isLast()) {
      this.#change({ progress, error: info });
    }
  }

  /** @param {Step[]} trail */
  async #list(trail) {
    const number = (this.#lists += 1);
    this.#change({ list: { trail, ...NOTHING } });
    const change = await this.#asked(trail);
    if (number === this.#lists) {
      this.#change(change);
    }
  }

  /**
   * @param {Step[]} trail
   * @returns {Promise<Partial<ChoiceState>>} What the answer changes, as long as it is waited for.
   */
  async #asked(trail) {
    // What is being written is newer than what the daemon says meanwhile.
    const choices = this.state.progress === "saving" ? -1 : this.#choices;
    try {
      const told = await this.daemon.places(this.backend, trail.at(-1)?.below ?? "");
      const { places, warning, here, chosen } = told;
      const list = { trail: named(trail, here), here, places, warning, error: null };
      return chosen !== null && choices === this.#choices ? { list, chosen } : { list };
    } catch (error) {
      return { list: { trail, ...NOTHING, error: explain(error, this.browser.text) } };
    }
  }

  #trail() {
    return this.state.list?.trail ?? [START];
  }

  /** @param {Partial<ChoiceState>} change */
  #change(change) {
    this.state = { ...this.state, ...change };
    this.#show(this.state);
  }
}

/**
 * The choices of all backends that have places, in the order of the settings.
 * @param {Asked} daemon
 * @param {Pick<Browser, "text">} browser
 * @returns {Promise<Choice[]>}
 * @throws {ExtensionError} The daemon does not tell which backends there are.
 */
export async function choicesOf(daemon, browser) {
  const backends = await daemon.backends();
  const choices = backends.map((backend) => new Choice(backend, daemon, browser));
  const have = await Promise.all(choices.map((choice) => choice.look()));
  return choices.filter((_, index) => have[index]);
}

/**
 * Whether notes go to this place.
 * @param {Destination} place
 * @param {Destination | null} chosen
 */
export function isSame(place, chosen) {
  const [one, other] = [place.settings, chosen?.settings ?? {}];
  const names = Object.keys({ ...one, ...other });
  return chosen !== null && names.every((name) => (one[name] ?? "") === (other[name] ?? ""));
}

/**
 * The trail with the name that its last step has by itself: who came by an address knows none.
 * @param {Step[]} trail
 * @param {Destination | null} here
 */
function named(trail, here) {
  const last = trail.at(-1);
  return last === undefined || here === null || trail.length === 1
    ? trail
    : [
        ...trail.slice(0, -1),
        { name: here.name || (last.name === last.below ? here.token : last.name), below: here.token },
      ];
}
