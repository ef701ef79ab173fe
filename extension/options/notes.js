/** The form of notes and the names of their files, with a sample beside them. */

import { explain } from "../errors.js";
import { FieldSet } from "./field-set.js";
import { FieldView, select, written } from "./field.js";
import { part } from "./place-parts.js";
import { fieldsOf } from "./schema.js";

/** @import { Browser } from "../browser.js" */
/** @import { Daemon } from "../daemon.js" */
/** @import { Store } from "./store.js" */

const OF_NOTES = ["language"];
const OF_FILES = ["subfolder", "name", "again"];
/** How long somebody types before the sample follows, in milliseconds. */
const PAUSE = 150;

export class Notes {
  #files = part("div", "fields");
  #backend = select([]);
  #template;
  /** @type {FieldSet | null} */
  #named = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #asked = 0;

  /**
   * @param {HTMLElement} box
   * @param {{file: HTMLElement, note: HTMLElement, told: HTMLElement}} sample
   * @param {Store} store
   * @param {Pick<Daemon, "preview">} daemon
   * @param {Pick<Browser, "text" | "language">} browser
   */
  constructor(box, sample, store, daemon, browser) {
    this.sample = sample;
    this.store = store;
    this.daemon = daemon;
    this.browser = browser;
    const { text } = browser;
    this.settings = new FieldSet(
      fieldsOf(store.schemas.settings).filter(({ name }) => OF_NOTES.includes(name)),
      "settings",
      browser,
      { values: store.settings, save: (changes) => store.change(changes) },
    );
    this.#template = this.#templates();
    const of = new FieldView(text("notes_backend"), text("notes_backend_help"), this.#backend);
    const [language = part("div", "")] = this.settings.elements(OF_NOTES);
    box.replaceChildren(language, this.#template.element, of.element, this.#files);
    this.#backend.addEventListener("change", () => this.#showFiles());
    box.addEventListener("input", () => this.#later());
    store.follow(
      (settings) => [settings.language, settings.backends],
      () => {
        this.settings.refresh(store.settings);
        this.#named?.refresh(store.settings.backends[this.#backend.value] ?? {});
        this.#later();
      },
    );
    store.follow(({ backends }) => Object.keys(backends), () => {
      this.#listBackends();
      of.element.hidden = this.#backend.options.length < 2;
    });
  }

  #templates() {
    const { text } = this.browser;
    const [{ templates, settings }, chosen] = [this.store, this.store.settings.template];
    const names = templates.includes(chosen) ? templates : [...templates, chosen];
    const control = select(names.map((name) => [name, text(`template_${name}`) || name]));
    control.value = settings.template;
    control.dataset.setting = "template";
    const view = new FieldView(text("notes_template"), text("notes_template_help"), control);
    control.addEventListener("change", () => {
      this.store.change({ template: control.value }).then(
        () => view.saved(text("options_saved")),
        (/** @type {unknown} */ error) => view.failed(explain(error, text).message),
      );
    });
    return view;
  }

  /** Those whose notes are files. */
  #listBackends() {
    const { backends } = this.store.settings;
    const names = Object.keys(backends).filter((name) =>
      this.#fieldsOf(name).some((field) => field.name === "name"),
    );
    const chosen = this.#backend.value;
    this.#backend.replaceChildren(...names.map((name) => new Option(name, name)));
    this.#backend.value = names.includes(chosen) ? chosen : (names[0] ?? "");
    this.#showFiles();
  }

  /** @param {string} backend */
  #fieldsOf(backend) {
    const kind = written(this.store.settings.backends[backend]?.kind) || backend;
    const schema = this.store.schemas.backends[kind];
    return schema === undefined ? [] : fieldsOf(schema);
  }

  #showFiles() {
    const backend = this.#backend.value;
    const fields = this.#fieldsOf(backend).filter(({ name }) => OF_FILES.includes(name));
    this.#named = new FieldSet(fields, "files", this.browser, {
      values: this.store.settings.backends[backend] ?? {},
      save: (changes) => this.store.change({ backends: { [backend]: changes } }),
    });
    this.#files.replaceChildren(...this.#named.elements(OF_FILES));
    void this.#show();
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#show(), PAUSE);
  }

  /** The sample of what is written now, whether it is kept or not. */
  async #show() {
    const number = (this.#asked += 1);
    const { file, note, told } = this.sample;
    const language = this.settings.views.get("language")?.text ?? "auto";
    try {
      const made = await this.daemon.preview({
        template: this.#template.control.value,
        language: language === "auto" ? this.browser.language() : language,
        subfolder: this.#named?.views.get("subfolder")?.text ?? "",
        name: this.#named?.views.get("name")?.text ?? "{{ title }}",
      });
      if (number === this.#asked) {
        [file.textContent, note.textContent, told.textContent] = [made.file, made.markdown, ""];
      }
    } catch (error) {
      if (number === this.#asked) {
        told.textContent = explain(error, this.browser.text).message;
      }
    }
  }
}
