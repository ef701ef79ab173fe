/** The options: what the extension keeps itself, and the settings of the daemon, section by section. */

import { browserOf } from "../browser.js";
import { Daemon } from "../daemon.js";
import { element, localize } from "../elements.js";
import { explain, hasCode } from "../errors.js";
import { NativePort } from "../native-port.js";
import { showAi } from "./ai.js";
import { BackendList } from "./backends.js";
import { FieldSet } from "./field-set.js";
import { showGeneral } from "./general.js";
import { offerLeave } from "./leave.js";
import { followAddress } from "./navigation.js";
import { Notes } from "./notes.js";
import { button, part, problem } from "./place-parts.js";
import { showPlaces } from "./places.js";
import { showPlans } from "./plans.js";
import { showRules } from "./rules.js";
import { fieldsOf } from "./schema.js";
import { Store } from "./store.js";
import { offerTransfer } from "./transfer.js";
import { Try } from "./try.js";

/** @import { ErrorInfo } from "../messages.js" */

const RETENTION = ["keep_captures_days", "keep_captures_mb", "idle_minutes"];
const WELCOME = "extension/welcome/welcome.html";

const browser = browserOf();
const daemon = new Daemon(new NativePort(() => browser.connectHost()));
const { complete, shortcuts, text } = browser;
const faults = element("faults", HTMLElement);
const places = element("places", HTMLElement);

localize(browser);
document.title = text("options_title");
followAddress();
showGeneral(element("general-fields", HTMLElement), browser, () => location.reload());
void showShortcuts();
showComplete();
void showSettings();

/** All that the daemon keeps; where it does not answer, why. */
async function showSettings() {
  faults.replaceChildren();
  try {
    show(await Store.of(daemon));
    faults.replaceChildren(...(await daemon.status()).faults.map((fault) => problem(fault, null)));
  } catch (error) {
    showAbsence(explain(error, text), hasCode(error, "host-missing"));
  }
}

/** @param {Store} store */
function show(store) {
  for (const box of document.querySelectorAll("[data-needs]")) {
    box.replaceChildren();
  }
  showPlans(element("plans-box", HTMLElement), store, browser);
  showRules(element("rules-box", HTMLElement), store, browser);
  new BackendList(element("backends-box", HTMLElement), store, daemon, browser);
  showAi(element("ai-box", HTMLElement), store, daemon, browser);
  showTry();
  showNotes(store);
  showTables(store);
  showTransfer(store);
  store.follow(
    ({ backends }) => Object.keys(backends),
    () => void showPlaces(places, daemon, browser),
  );
}

function showTry() {
  element("try", HTMLElement).hidden = false;
  const elements = {
    text: element("try-text", HTMLTextAreaElement),
    button: element("try-start", HTMLButtonElement),
    result: element("try-result", HTMLElement),
    told: element("try-told", HTMLElement),
  };
  new Try(elements, daemon, browser);
}

/** @param {Store} store */
function showNotes(store) {
  element("sample", HTMLElement).hidden = false;
  const sample = {
    file: element("sample-file", HTMLElement),
    note: element("sample-note", HTMLElement),
    told: element("sample-told", HTMLElement),
  };
  new Notes(element("notes-box", HTMLElement), sample, store, daemon, browser);
}

/**
 * What needs no more than its fields.
 * @param {Store} store
 */
function showTables(store) {
  const images = new FieldSet(fieldsOf(store.schemas.settings, "Images"), "images", browser, {
    values: store.settings.images,
    save: (changes) => store.change({ images: changes }),
  });
  element("images-box", HTMLElement).append(...images.elements([...images.views.keys()]));
  const retention = new FieldSet(
    fieldsOf(store.schemas.settings).filter(({ name }) => RETENTION.includes(name)),
    "settings",
    browser,
    { values: store.settings, save: (changes) => store.change(changes) },
  );
  element("retention-box", HTMLElement).append(...retention.elements(RETENTION));
}

/** @param {Store} store */
function showTransfer(store) {
  const elements = {
    out: element("export", HTMLButtonElement),
    in: element("import", HTMLButtonElement),
    file: element("import-file", HTMLInputElement),
    told: element("transfer-told", HTMLElement),
  };
  elements.out.disabled = elements.in.disabled = false;
  offerTransfer(elements, store, browser, () => {
    elements.told.replaceChildren(part("p", "good", text("transfer_done")));
    void showSettings();
  });
}

/**
 * @param {ErrorInfo} error
 * @param {boolean} isMissing - The program is not installed: there is a page that helps.
 */
function showAbsence(error, isMissing) {
  const retry = button(text("places_retry"), () => void showSettings());
  const box = problem(error, retry);
  if (isMissing) {
    const help = button(text("options_set_up"), () => void browser.openPage(WELCOME));
    help.id = "set-up";
    box.append(help);
  }
  faults.replaceChildren(box);
}

async function showShortcuts() {
  const rows = (await shortcuts.all()).flatMap(({ name, keys }) => [
    part("dt", "", text(`shortcut_${name.replace(/^_/, "")}`) || name),
    part("dd", keys === "" ? "absent" : "", keys || text("shortcuts_none")),
  ]);
  element("shortcuts-list", HTMLElement).replaceChildren(...rows);
  element("shortcuts-change", HTMLButtonElement).onclick = () => void shortcuts.change();
}

function showComplete() {
  if (!complete.isThere()) {
    element("complete-asks", HTMLElement).hidden = true;
    element("complete-absent", HTMLElement).hidden = false;
    return;
  }
  offerLeave(element("complete", HTMLInputElement), complete);
}
