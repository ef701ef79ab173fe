/** The list of places, as a dialog: one goes into a place and back, and takes one. */

import { element } from "../elements.js";
import { isSame } from "./choice.js";
import { button, icon, kindOf, nameOf, part, problem } from "./place-parts.js";

/** @import { Browser } from "../browser.js" */
/** @import { Choice, ChoiceState, OpenList } from "./choice.js" */
/** @import { Destination } from "../messages.js" */

export class PlaceList {
  #dialog = element("places-dialog", HTMLDialogElement);
  #trail = element("places-trail", HTMLElement);
  #list = element("places-list", HTMLElement);
  #status = element("places-status", HTMLElement);
  #address = element("places-address", HTMLInputElement);
  /** @type {Choice | null} Whose list is open. */
  #choice = null;
  /** @type {OpenList | null} */
  #drawn = null;
  /** @type {Destination | null} */
  #chosen = null;

  /** @param {Pick<Browser, "text">} browser */
  constructor(browser) {
    this.browser = browser;
    element("places-close", HTMLButtonElement).onclick = () => this.#dialog.close();
    this.#dialog.onclose = () => {
      if (!this.#dialog.open) {
        this.#choice?.close();
      }
    };
    element("places-find", HTMLFormElement).onsubmit = (event) => {
      event.preventDefault();
      void this.#choice?.find(this.#address.value);
    };
  }

  /**
   * @param {Choice} choice
   * @param {ChoiceState} state
   */
  show(choice, { list, chosen }) {
    if (list !== null) {
      this.#open(choice);
      if (list !== this.#drawn || chosen !== this.#chosen) {
        [this.#drawn, this.#chosen] = [list, chosen];
        this.#draw(choice, list, chosen);
      }
    } else if (choice === this.#choice) {
      this.#choice = null;
      this.#dialog.close();
    }
  }

  /** @param {Choice} choice */
  #open(choice) {
    if (this.#choice !== choice) {
      this.#choice = choice;
      this.#address.value = "";
      const title = this.browser.text("places_list", [choice.backend]);
      element("places-of", HTMLElement).textContent = title;
      this.#dialog.showModal();
    }
  }

  /**
   * @param {Choice} choice
   * @param {OpenList} list
   * @param {Destination | null} chosen
   */
  #draw(choice, list, chosen) {
    // Who typed an address stays there. Who was on a line or a step goes on with the list, not with
    // the first button of it: a key that is held down would press that too.
    const typing = document.activeElement === this.#address;
    this.#trail.replaceChildren(...this.#steps(choice, list));
    this.#list.replaceChildren(...this.#lines(choice, list, chosen));
    this.#list.scrollTop = 0;
    this.#list.setAttribute("aria-busy", String(isLoading(list)));
    this.#status.textContent = this.#told(list);
    if (!typing) {
      this.#list.focus();
    }
  }

  /**
   * @param {Choice} choice
   * @param {OpenList} list
   */
  #steps(choice, { trail }) {
    return trail.map((step, index) => {
      const made = part("li", "");
      const name = step.name || this.browser.text("places_all");
      if (index === trail.length - 1) {
        const last = part("span", "", name);
        last.setAttribute("aria-current", "page");
        made.append(last);
      } else {
        const back = button(name, () => void choice.back(index));
        back.className = "";
        made.append(back);
      }
      return made;
    });
  }

  /**
   * @param {Choice} choice
   * @param {OpenList} list
   * @param {Destination | null} chosen
   */
  #lines(choice, list, chosen) {
    const { here, places, warning, error } = list;
    if (error !== null) {
      const retry = button(this.browser.text("places_retry"), () => void choice.again());
      return [asLine(problem(error, retry))];
    }
    if (places === null) {
      return [part("li", "waiting", this.browser.text("places_loading"))];
    }
    return [
      ...(warning === null ? [] : [asLine(problem(warning, null), "warning")]),
      ...(here === null ? [] : [this.#line(choice, here, chosen, true)]),
      ...places.map((place) => this.#line(choice, place, chosen, false)),
      ...(places.length > 0 ? [] : [part("li", "empty", this.browser.text("places_empty"))]),
    ];
  }

  /**
   * @param {Choice} choice
   * @param {Destination} place
   * @param {Destination | null} chosen
   * @param {boolean} isHere - It is the place that the others are in.
   */
  #line(choice, place, chosen, isHere) {
    const { text } = this.browser;
    const [name, kind] = [nameOf(place, this.browser), kindOf(place, this.browser)];
    const about = part("span", "about");
    const told = [name === kind ? "" : kind, isHere ? text("places_here") : ""];
    about.append(
      part("span", "name", name),
      part("span", "muted", told.filter((each) => each !== "").join(" · ")),
    );
    const into = isHere ? part("div", "into") : button("", () => void choice.enter(place));
    into.className = "into";
    into.append(icon(place.kind), about);
    const line = part("li", isHere ? "here" : "");
    line.append(into, this.#use(choice, place, chosen, name));
    return line;
  }

  /**
   * What takes a place, or that it is taken.
   * @param {Choice} choice
   * @param {Destination} place
   * @param {Destination | null} chosen
   * @param {string} name
   */
  #use(choice, place, chosen, name) {
    if (isSame(place, chosen)) {
      return part("span", "in-use", this.browser.text("places_chosen"));
    }
    const label = this.browser.text("places_use");
    const use = button(label, () => void choice.use(place));
    use.classList.add("use");
    use.setAttribute("aria-label", `${label}: ${name}`);
    return use;
  }

  /** @param {OpenList} list */
  #told(list) {
    const { text } = this.browser;
    if (list.error !== null) {
      return `${list.error.message} ${list.error.hint}`;
    }
    return list.places === null
      ? text("places_loading")
      : text("places_count", [String(list.places.length)]);
  }
}

/** @param {OpenList} list */
function isLoading({ places, error }) {
  return places === null && error === null;
}

/**
 * @param {HTMLElement} inner
 * @param {string} [className]
 */
function asLine(inner, className = "") {
  const line = part("li", className);
  line.append(inner);
  return line;
}
