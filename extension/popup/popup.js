/** The form: shows what the background says, and tells it what the user wants. */

import { browserOf } from "../browser.js";
import { element, localize } from "../elements.js";
import { redraw } from "../lines.js";
import { readFormMessage } from "../messages.js";
import { describeDelivery } from "./delivery.js";
import { EarlierLine } from "./earlier.js";
import { PlanChoice } from "./plans.js";
import { SummaryField } from "./summary.js";
import { TextField } from "./text.js";
import { UnsettledList } from "./unsettled.js";

/** @import { CaptureView, ErrorInfo, FormState } from "../messages.js" */

const browser = browserOf();
const { pages, panel } = browser;
const background = browser.connectBackground();

const form = element("form", HTMLFormElement);
const title = element("title", HTMLInputElement);
const archive = element("archive", HTMLButtonElement);
const recapture = element("recapture", HTMLButtonElement);
const resend = element("resend", HTMLButtonElement);
const openTab = element("open-tab", HTMLButtonElement);
const openPanel = element("open-panel", HTMLButtonElement);
const allTabs = element("all-tabs", HTMLButtonElement);

const asked = new URLSearchParams(location.search);
/** The tab whose page is archived, when the form is a page of its own: `?tab=ID`. */
const ofTab = asked.get("tab");
/** The capture with which it stands beside that page: `&panel=ID`. */
const ofPanel = asked.get("panel");
/** Of no page: what is not settled, and nothing else. */
const isList = asked.has("list");
const isPopup = ofTab === null && !isList;
document.documentElement.dataset.view = viewOf();

/** While these last, a title can be written already. */
const BEFORE_EDITING = ["opening", "capturing", "sending", "cleaning"];

/** While these last, the page is not captured again. */
const AT_WORK = ["opening", "capturing", "sending", "archiving"];

/** The capture that is shown. */
let shown = "";
/** The note of the same page that is there already. */
let before = /** @type {string | null} */ (null);
/** The draft whose text the fields hold; what the user writes there is not overwritten. */
let filled = "";
/** Whether the user has written a title before there was a draft to keep it; it counts then. */
let isTitled = title.value !== "";

localize(browser);
title.placeholder = browser.text("form_title");
openTab.title = openTab.ariaLabel = browser.text("form_open_tab");
openTab.hidden = !isPopup;
openPanel.title = openPanel.ariaLabel = browser.text("form_open_panel");
allTabs.title = allTabs.ariaLabel = browser.text("menu_tabs");
const text = new TextField(browser, edit);
const plans = new PlanChoice(browser, (plan) => background.send({ type: "plan", plan }));
const summary = new SummaryField(browser, {
  edit,
  summarize: () => background.send({ type: "summarize" }),
  stop: () => background.send({ type: "stop" }),
});
const earlier = new EarlierLine(element("earlier", HTMLElement), browser, () => send(true));
const unsettled = new UnsettledList(browser, {
  retry: (delivery) => background.send({ type: "retry", delivery }),
  resend: (capture) => background.send({ type: "resend", capture }),
  discard: (capture) => background.send({ type: "discard", capture }),
});
background.onMessage(receive);
// The background never closes the connection; only its end does, and then nothing goes on here.
background.onClose(() => (isPopup ? window.close() : location.reload()));
const [tab, hasPanel] = await Promise.all([
  ofTab === null ? browser.activeTab() : Number(ofTab),
  isPopup && panel.isThere(),
]);
openPanel.hidden = !hasPanel;
background.send(isList ? { type: "list" } : { type: "open", tab, capture: ofPanel });

title.addEventListener("input", () => {
  if (filled === "") {
    isTitled = true;
  } else {
    edit();
  }
});
openTab.addEventListener("click", () => void showInTab());
openPanel.addEventListener("click", () => void showBeside());
allTabs.addEventListener("click", () => void openList());
document.addEventListener("keydown", (event) => {
  const isAsked = event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing;
  if (isAsked && !archive.disabled) {
    event.preventDefault();
    form.requestSubmit();
  }
});
recapture.addEventListener("click", () => background.send({ type: "recapture" }));
resend.addEventListener("click", () => background.send({ type: "resend", capture: shown }));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  send(false);
});

/** @param {boolean} isUpdate - Of the earlier note that is told of. */
function send(isUpdate) {
  text.finish();
  const updates = isUpdate ? before : null;
  background.send({ type: "archive", ...fields(), plan: plans.value, updates });
}

function viewOf() {
  if (isList) {
    return "list";
  }
  return isPopup ? "popup" : ofPanel === null ? "tab" : "panel";
}

async function showInTab() {
  background.send({ type: "keep" });
  await browser.openForm(tab);
  window.close();
}

async function showBeside() {
  background.send({ type: "keep" });
  if (await panel.open(tab, shown)) {
    window.close();
  } else {
    element("later", HTMLElement).hidden = false;
  }
}

async function openList() {
  await pages.openList();
  if (isPopup) {
    window.close();
  }
}

function fields() {
  return { title: title.value, markdown: text.value, summary: summary.own };
}

function edit() {
  background.send({ type: "edit", ...fields() });
}

/** @param {unknown} message */
function receive(message) {
  const told = readFormMessage(message, "message");
  if (told?.type === "writing") {
    summary.write(told.text);
  } else if (told?.type === "unsettled") {
    unsettled.show(told.captures, told.count);
    element("settled", HTMLElement).hidden = !isList || told.count > 0;
  } else if (told !== null) {
    show(told);
  }
}

/** @param {FormState} state */
function show(state) {
  const editing = state.stage === "editing";
  shown = state.capture?.id ?? "";
  before = state.capture?.earlier?.id ?? null;
  document.body.dataset.stage = state.stage;
  document.body.toggleAttribute("data-captured", state.capture !== null);
  document.body.toggleAttribute("data-sent", isSent(state));
  element("stage", HTMLElement).textContent = browser.text(`stage_${state.stage}`);
  fill(state.capture);
  summary.show(state);
  // What is being written would be lost; who does not want to wait for it stops it.
  const mayBeSent = editing && state.writing === null;
  earlier.show(state.capture, { may: mayBeSent });
  plans.show(state);
  showPage(state);
  showError(state.error);
  resend.hidden = state.capture?.state !== "failed";
  unsettled.leaveOut(shown);
  redraw(
    element("deliveries", HTMLElement),
    (state.capture?.deliveries ?? []).map((delivery) =>
      describeDelivery(delivery, browser, () =>
        background.send({ type: "retry", delivery: delivery.id }),
      ),
    ),
  );
  title.disabled = !editing && !BEFORE_EDITING.includes(state.stage);
  text.show(editing, state.stage === "failed" ? "" : browser.text(`stage_${state.stage}`));
  archive.disabled = !mayBeSent;
  // Beside the page, nothing more could be read of it.
  openPanel.disabled = state.capture === null;
  recapture.disabled = AT_WORK.includes(state.stage) || state.page === "unreadable";
}

/** @param {CaptureView | null} capture */
function fill(capture) {
  const url = element("url", HTMLElement);
  url.textContent = url.title = capture?.url ?? "";
  const ready = capture?.markdown === null ? "" : (capture?.id ?? "");
  if (filled === "" || filled !== ready) {
    const isDraft = ready !== "" && capture?.state === "draft";
    const keeps = isTitled && (ready === "" || isDraft);
    if (!keeps) {
      title.value = capture?.title ?? "";
    }
    text.put(capture?.markdown ?? "");
    filled = ready;
    if (isDraft) {
      begin(keeps);
    }
  }
}

/**
 * There is a draft to edit.
 * @param {boolean} keeps - The title that the user has written meanwhile, and writes on.
 */
function begin(keeps) {
  isTitled = false;
  archive.disabled = false;
  if (keeps) {
    edit();
  } else {
    archive.focus();
  }
}

/**
 * What is left to see is how it goes.
 * @param {FormState} state
 */
function isSent({ stage, capture }) {
  return ["archiving", "waiting", "archived"].includes(stage) || (stage === "failed" && capture !== null);
}

/**
 * What the tab shows meanwhile. What cannot be read is told, instead of failing.
 * @param {FormState} state
 */
function showPage({ page, stage, capture }) {
  const told = page === "other" ? browser.text("page_other") : browser.text("page_unreadable");
  const comesBack = stage === "editing" ? `\n${browser.text("page_comes_back")}` : "";
  const isLeft = page !== "same" && capture !== null;
  element("elsewhere", HTMLElement).textContent = isLeft ? told + comesBack : "";
}

/** @param {ErrorInfo | null} error */
function showError(error) {
  element("error", HTMLElement).hidden = error === null;
  element("error-message", HTMLElement).textContent = error?.message ?? "";
  element("error-hint", HTMLElement).textContent = error?.hint ?? "";
}
