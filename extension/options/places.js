/** Where notes go: a line for each backend that has places, and the list that it opens. */

import { explain } from "../errors.js";
import { choicesOf } from "./choice.js";
import { button, icon, kindOf, nameOf, part, problem } from "./place-parts.js";
import { PlaceList } from "./place-list.js";

/** @import { Browser } from "../browser.js" */
/** @import { Asked, Choice, ChoiceState } from "./choice.js" */

/**
 * Fill the section, once it is known what to fill it with; it stays hidden where no backend has
 * places.
 * @param {HTMLElement} section
 * @param {Asked} daemon
 * @param {Pick<Browser, "text">} browser
 */
export async function showPlaces(section, daemon, browser) {
  const lines = part("div", "lines");
  section.querySelector(".lines")?.remove();
  section.append(lines);
  try {
    const waiting = part("p", "setting waiting", browser.text("places_asking"));
    lines.append(waiting);
    section.hidden = false;
    const choices = await choicesOf(daemon, browser);
    const list = new PlaceList(browser);
    lines.replaceChildren(...choices.map((choice) => new Line(choice, list, browser).element));
    section.hidden = choices.length === 0;
  } catch (error) {
    const again = () => {
      section.focus();
      void showPlaces(section, daemon, browser);
    };
    const retry = button(browser.text("places_retry"), again);
    const box = problem(explain(error, browser.text), retry);
    box.setAttribute("role", "alert");
    lines.replaceChildren(box);
  }
}

/** A backend: where its notes go, and how far the last choice has come. */
class Line {
  element = part("div", "setting place-line");
  #place = part("div", "chosen");
  #told = part("div", "progress");
  #choose;

  /**
   * @param {Choice} choice
   * @param {PlaceList} list
   * @param {Pick<Browser, "text">} browser
   */
  constructor(choice, list, browser) {
    this.choice = choice;
    this.browser = browser;
    const name = part("h3", "backend", choice.backend);
    this.#choose = button(browser.text("places_choose"), () => void choice.open());
    this.#choose.setAttribute("aria-haspopup", "dialog");
    this.#choose.setAttribute("aria-label", `${browser.text("places_choose")} ${choice.backend}`);
    this.#told.setAttribute("role", "status");
    this.element.append(name, this.#choose, this.#place, this.#told);
    choice.follow((state) => {
      this.#draw(state);
      list.show(choice, state);
    });
  }

  /** @param {ChoiceState} state */
  #draw(state) {
    const { chosen } = state;
    this.#place.replaceChildren(
      ...(chosen === null
        ? [part("span", "muted", this.browser.text("places_unknown"))]
        : [
            icon(chosen.kind),
            part("span", "name", nameOf(chosen, this.browser)),
            part("span", "muted", kindOf(chosen, this.browser)),
          ]),
    );
    this.#told.replaceChildren(...this.#progress(state));
  }

  /** @param {ChoiceState} state */
  #progress({ progress, told, error }) {
    const { text } = this.browser;
    if (error === null) {
      const values = told === "" ? [] : [told];
      return progress === null ? [] : [part("p", progress, text(`choice_${progress}`, values))];
    }
    const heading = progress === null ? "" : text(`choice_${progress}`);
    const retry = button(text("places_retry"), () => {
      this.#choose.focus();
      void this.choice.retry();
    });
    return [problem(error, retry, heading)];
  }
}
