/** The options: what the user has allowed, as the browser keeps it, and where notes go. */

import { browserOf } from "../browser.js";
import { Daemon } from "../daemon.js";
import { element, localize } from "../elements.js";
import { NativePort } from "../native-port.js";
import { showPlaces } from "./places.js";

const browser = browserOf();
const { complete } = browser;
const choice = element("complete", HTMLInputElement);

localize(browser);
document.title = browser.text("options_title");
const daemon = new Daemon(new NativePort(() => browser.connectHost()));
void showPlaces(element("places", HTMLElement), daemon, browser);
if (complete.isThere()) {
  complete.onChange(() => void show());
  choice.addEventListener("change", () => void choose());
  await show();
} else {
  element("complete-asks", HTMLElement).hidden = true;
  element("complete-absent", HTMLElement).hidden = false;
}

/** The switch shows what holds, also while the browser asks the user. */
async function show() {
  choice.checked = await complete.isAllowed();
  choice.disabled = false;
}

async function choose() {
  const wished = choice.checked;
  choice.checked = !wished;
  try {
    await (wished ? complete.allow() : complete.forbid());
  } finally {
    await show();
  }
}
