/** The first page that a new user sees: three steps to the first archived page. */

import { browserOf } from "../browser.js";
import { Daemon } from "../daemon.js";
import { element, localize } from "../elements.js";
import { NativePort } from "../native-port.js";
import { commandFor, followProgress } from "./progress.js";

/** @import { Progress } from "./progress.js" */

const OPTIONS = "extension/options/options.html";
/** How long “copied” is shown, in milliseconds. */
const COPIED = 2000;

const browser = browserOf();
const { shortcuts, text } = browser;
const copy = element("copy", HTMLButtonElement);

localize(browser);
document.title = text("welcome_title");
element("options", HTMLButtonElement).onclick = () => void browser.openPage(OPTIONS);
copy.onclick = () => void copyCommand();
await showCommand();
await showKeys();
await followProgress(
  () => new Daemon(new NativePort(() => browser.connectHost())),
  browser,
  show,
);

/** @param {Progress} progress */
function show({ stage, error }) {
  const answers = stage === "ready" || stage === "done";
  const program = { looking: "looking", missing: "missing", failing: "failing" }[
    /** @type {"looking"} */ (stage)
  ];
  mark("step-program", answers ? "done" : "waiting");
  mark("step-button", answers ? (stage === "done" ? "done" : "waiting") : "later");
  mark("step-page", stage === "done" ? "done" : answers ? "waiting" : "later");
  element("program-told", HTMLElement).textContent = text(
    answers ? "welcome_program_there" : `welcome_program_${program}`,
  );
  element("program-help", HTMLElement).hidden = stage !== "missing";
  element("told-page", HTMLElement).textContent = text(
    stage === "done" ? "welcome_page_done" : "welcome_page_text",
  );
  const box = element("program-error", HTMLElement);
  box.hidden = stage !== "failing";
  const [message, hint] = box.children;
  if (message !== undefined && hint !== undefined) {
    message.textContent = error?.message ?? "";
    hint.textContent = error?.hint ?? "";
  }
}

/**
 * @param {string} step
 * @param {"later" | "waiting" | "done"} state
 */
function mark(step, state) {
  element(step, HTMLElement).dataset.state = state;
}

async function showCommand() {
  const system = await browser.system();
  element("command", HTMLElement).textContent = commandFor(system);
  element("program-how", HTMLElement).textContent = text("welcome_program_how");
}

async function copyCommand() {
  await navigator.clipboard.writeText(element("command", HTMLElement).textContent);
  copy.textContent = text("welcome_copied");
  setTimeout(() => {
    copy.textContent = text("welcome_copy");
  }, COPIED);
}

async function showKeys() {
  for (const { name, keys } of await shortcuts.all()) {
    const [what, how] = [document.createElement("dt"), document.createElement("dd")];
    what.textContent = text(`shortcut_${name.replace(/^_/, "")}`) || name;
    how.textContent = keys || text("shortcuts_none");
    element("keys", HTMLElement).append(what, how);
  }
}
