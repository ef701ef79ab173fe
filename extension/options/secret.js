/** A secret: it goes into the keychain, and never comes back; only whether it is there is shown. */

import { explain } from "../errors.js";
import { FieldView, input } from "./field.js";
import { button, part } from "./place-parts.js";

/** @import { Daemon } from "../daemon.js" */
/** @import { Texts } from "./field.js" */

/** @typedef {Pick<Daemon, "hasSecret" | "keepSecret" | "forgetSecret">} Keychain */

export class SecretView extends FieldView {
  #state = part("p", "secret-state");
  #keep;
  #forget;

  /**
   * @param {string} label
   * @param {string} help
   * @param {() => string} name - Of the secret, as the settings have it now.
   * @param {Keychain} keychain
   * @param {Texts} texts
   */
  constructor(label, help, name, keychain, texts) {
    super(label, help, input("text"));
    this.name = name;
    this.keychain = keychain;
    this.texts = texts;
    this.#keep = button(texts.text("secret_keep"), () => void this.#put());
    this.#forget = button(texts.text("secret_forget"), () => void this.#remove());
    this.#forget.hidden = true; // until it is known that there is one
    const control = /** @type {HTMLInputElement} */ (this.control);
    control.type = "password";
    control.autocomplete = "new-password";
    const row = part("div", "row");
    control.replaceWith(row);
    row.append(control, this.#keep, this.#forget);
    row.after(this.#state);
    control.addEventListener("keydown", ({ key }) => {
      if (key === "Enter") {
        void this.#put();
      }
    });
    this.element.classList.add("secret");
    void this.look();
  }

  /** Ask anew whether it is kept. */
  async look() {
    try {
      this.#show(await this.keychain.hasSecret(this.name()));
    } catch (error) {
      this.#refuse(error);
    }
  }

  async #put() {
    const value = this.control.value;
    if (value === "") {
      this.failed(this.texts.text("flaw_required"));
      return;
    }
    await this.#do(() => this.keychain.keepSecret(this.name(), value.trim()), true);
  }

  #remove() {
    return this.#do(() => this.keychain.forgetSecret(this.name()), false);
  }

  /**
   * @param {() => Promise<void>} action
   * @param {boolean} isKept - Afterwards.
   */
  async #do(action, isKept) {
    try {
      await action();
      this.control.value = "";
      this.#show(isKept);
      this.saved(this.texts.text("options_saved"));
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** @param {boolean} isKept */
  #show(isKept) {
    const { text } = this.texts;
    this.#state.textContent = text(isKept ? "secret_kept" : "secret_absent", [this.name()]);
    this.#state.dataset.kept = String(isKept);
    this.#forget.hidden = !isKept;
  }

  /** @param {unknown} error */
  #refuse(error) {
    const { message, hint } = explain(error, this.texts.text);
    this.failed(`${message} ${hint}`.trim());
    this.#forget.hidden = true;
  }
}
