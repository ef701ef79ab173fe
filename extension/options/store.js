/** The settings as the daemon has them, for all sections: read once, changed one after the other. */

/** @import { Daemon } from "../daemon.js" */
/** @import { Schemas, Settings, Table } from "../messages.js" */

/** @typedef {Pick<Daemon, "settings" | "schemas" | "templates" | "changeSettings">} Keeper */

export class Store {
  /** Changes go out in their order, so that the answer of the last one is what holds. */
  /** @type {Promise<unknown>} */
  #work = Promise.resolve();
  /** @type {(() => void)[]} */
  #listeners = [];

  /**
   * @param {Keeper} daemon
   * @param {Settings} settings
   * @param {Schemas} schemas
   * @param {string[]} templates
   */
  constructor(daemon, settings, schemas, templates) {
    this.daemon = daemon;
    this.settings = settings;
    this.schemas = schemas;
    this.templates = templates;
  }

  /**
   * @param {Keeper} daemon
   * @throws {ExtensionError} The daemon does not tell them.
   */
  static async of(daemon) {
    const asked = [daemon.settings(), daemon.schemas(), daemon.templates()];
    const [settings, schemas, templates] =
      /** @type {[Settings, Schemas, string[]]} */ (await Promise.all(asked));
    return new Store(daemon, settings, schemas, templates);
  }

  /**
   * @param {Table} patch
   * @throws {ExtensionError} It is not kept; the settings are as they were.
   */
  async change(patch) {
    const changing = this.#work.then(() => this.daemon.changeSettings(patch));
    this.#work = changing.catch(() => null);
    this.settings = await changing;
    this.#listeners.forEach((listener) => listener());
  }

  /**
   * Call *show* now, and again whenever what *of* gives of the settings is another.
   * @param {(settings: Settings) => unknown} of
   * @param {() => void} show
   */
  follow(of, show) {
    let seen = "";
    const look = () => {
      const now = JSON.stringify(of(this.settings));
      if (now !== seen) {
        seen = now;
        show();
      }
    };
    this.#listeners.push(look);
    look();
  }
}
