/** Puts the parts together and adds the listeners, at once, so that a worker that wakes hears. */

import { Badge } from "./badge.js";
import { Batch } from "./batch.js";
import { browserOf } from "./browser.js";
import { Daemon } from "./daemon.js";
import { Deliveries } from "./deliveries.js";
import { Form } from "./form.js";
import { Links } from "./links.js";
import { NativePort } from "./native-port.js";
import { Notifications } from "./notifications.js";
import { Summaries } from "./summaries.js";
import { Triggers } from "./triggers.js";

const WELCOME = "extension/welcome/welcome.html";

const browser = browserOf();
const { launcher, notices, preferences } = browser;
const daemon = new Daemon(new NativePort(() => browser.connectHost()));
const deliveries = new Deliveries(daemon, browser);
const summaries = new Summaries(daemon, browser);
const badge = new Badge(browser, () => deliveries.failure);
const notifications = new Notifications(browser, deliveries);
const batch = new Batch(browser, daemon, deliveries);
const links = new Links(browser, deliveries, badge);
const triggers = new Triggers(browser, deliveries, badge, links);

deliveries.subscribe((tracked) => void badge.show(tracked));
deliveries.subscribe((tracked) => void notifications.tell(tracked));

browser.onInstalled((isNew) => {
  void setMenu();
  void launcher.settle();
  if (isNew) {
    void browser.openPage(WELCOME);
  }
});
preferences.onChange(() => void setMenu().then(() => launcher.relabel()));
launcher.onChange(() => void launcher.settle());
launcher.onPress(async (tab) => (await triggers.archive(tab, "page"))?.message ?? "");
browser.onMenu((entry, tab, link) => void triggers.chosen(entry, tab, link));
browser.onCommand((command, tab) => void triggers.pressed(command, tab));
notices.onClick((id) => void notifications.opened(id));
browser.onForm((port) => {
  new Form(port, browser, daemon, deliveries, summaries);
  void deliveries.forgetLost().then(() => badge.clear());
});
browser.onTabs((port) => batch.show(port));

// The worker starts with the browser only if something listens for it.
browser.onStartup(() => {});
void deliveries.resume();
void links.resume();
void batch.resume();

/** Its texts are in the chosen language. */
async function setMenu() {
  await preferences.ready;
  await triggers.setMenu();
}
