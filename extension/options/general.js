/** The language and the theme of the extension itself, its notifications and its launcher. */

import { LANGUAGES, THEMES } from "../preferences.js";
import { FieldView, select } from "./field.js";
import { offerLeave } from "./leave.js";
import { button, part } from "./place-parts.js";

/** @import { Browser } from "../browser.js" */
/** @import { Leave } from "../leave.js" */

/**
 * @param {HTMLElement} box
 * @param {Pick<Browser, "text" | "preferences" | "notices" | "launcher">} browser
 * @param {() => void} anew - Shows the page in another language.
 */
export function showGeneral(box, browser, anew) {
  const { preferences, text } = browser;
  const language = select(LANGUAGES.map((each) => [each, languageName(each, browser)]));
  const theme = select(THEMES.map((each) => [each, text(`theme_${each}`)]));
  language.value = preferences.chosen.language;
  theme.value = preferences.chosen.theme;
  const views = [
    new FieldView(text("general_language"), text("general_language_help"), language),
    new FieldView(text("general_theme"), "", theme),
    leaveView("notify", text("general_notify"), text("general_notify_help"), browser.notices),
    leaveView("launch", text("general_launcher"), text("general_launcher_help"), browser.launcher),
  ];
  language.addEventListener("change", () => {
    void preferences.choose(/** @type {object} */ ({ language: language.value })).then(anew);
  });
  theme.addEventListener("change", () => {
    void preferences
      .choose(/** @type {object} */ ({ theme: theme.value }))
      .then(() => views[1]?.saved(text("options_saved")));
  });
  box.replaceChildren(...views.map(({ element }) => element), hiddenSites(browser));
}

/**
 * The sites on which the launcher was hidden, each with what brings it back.
 * @param {Pick<Browser, "text" | "launcher">} browser
 */
function hiddenSites({ text, launcher }) {
  const box = part("div", "field");
  box.id = "hidden-sites";
  const show = async () => {
    const sites = await launcher.hidden();
    box.hidden = sites.length === 0;
    box.replaceChildren(
      part("span", "help", text("launcher_hidden")),
      ...sites.map((site) => {
        const back = button(site, () => void launcher.showOn(site));
        back.className = "button small";
        back.title = back.ariaLabel = text("launcher_show", [site]);
        return back;
      }),
    );
  };
  launcher.onChange(() => void show());
  void show();
  return box;
}

/**
 * @param {string} name - By which the switch is found.
 * @param {string} label
 * @param {string} help
 * @param {Leave} leave
 */
function leaveView(name, label, help, leave) {
  const control = document.createElement("input");
  control.type = "checkbox";
  control.name = name;
  control.disabled = true;
  control.setAttribute("role", "switch");
  offerLeave(control, leave);
  return new FieldView(label, help, control);
}

/**
 * A language is called as those call it who speak it.
 * @param {typeof LANGUAGES[number]} language
 * @param {Pick<Browser, "text">} browser
 */
function languageName(language, { text }) {
  return { auto: text("language_auto"), "zh-CN": "中文", en: "English" }[language];
}
