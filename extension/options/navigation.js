/** The sections of the options, one at a time, each with an address of its own. */

import { element } from "../elements.js";

/** Shows the section of the address, now and whenever it changes; without one, the first. */
export function followAddress() {
  const menu = element("menu", HTMLButtonElement);
  const links = element("sections", HTMLElement);
  menu.addEventListener("click", () => fold(menu, links.hasAttribute("data-open")));
  links.addEventListener("click", () => fold(menu, true));
  addEventListener("hashchange", () => show(menu));
  addEventListener("keydown", ({ key }) => {
    if (key === "Escape") {
      fold(menu, true);
    }
  });
  show(menu);
}

/** @param {HTMLButtonElement} menu */
function show(menu) {
  const sections = [...document.querySelectorAll("main > section[id]")];
  const shown = sections.find(({ id }) => `#${id}` === location.hash) ?? sections[0];
  for (const section of sections) {
    section.toggleAttribute("data-shown", section === shown);
  }
  for (const link of document.querySelectorAll("#sections a")) {
    const isHere = link.getAttribute("href") === `#${shown?.id ?? ""}`;
    link.setAttribute("aria-current", isHere ? "page" : "false");
    if (isHere) {
      menu.textContent = link.textContent;
    }
  }
}

/**
 * Where there is little room, the links are behind a button.
 * @param {HTMLButtonElement} menu
 * @param {boolean} isFolded
 */
function fold(menu, isFolded) {
  element("sections", HTMLElement).toggleAttribute("data-open", !isFolded);
  menu.setAttribute("aria-expanded", String(!isFolded));
}
