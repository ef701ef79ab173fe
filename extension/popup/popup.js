/** The form: shows what the background says, and tells it what the user wants. */

import { browserOf } from "../browser.js";
import { element, localize } from "../elements.js";
import { readFormMessage } from "../messages.js";
import { describeDelivery } from "./delivery.js";
import { describeEarlier } from "./earlier.js";
import { SummaryField } from "./summary.js";
import { UnsettledList, redraw } from "./unsettled.js";

/** @import { CaptureView, ErrorInfo, FormState } from "../messages.js" */

const browser = browserOf();
const background = browser.connectBackground();

const form = element("form", HTMLFormElement);
const title = element("title", HTMLInputElement);
const markdown = element("markdown", HTMLTextAreaElement);
const plan = element("plan", HTMLSelectElement);
const archive = element("archive", HTMLButtonElement);
const recapture = element("recapture", HTMLButtonElement);
const resend = element("resend", HTMLButtonElement);

/** The capture that is shown. */
let shown = "";
/** The draft whose text the fields hold; what the user writes there is not overwritten. */
let filled = "";

localize(browser);
const summary = new SummaryField(browser, {
  edit,
  summarize: () => background.send({ type: "summarize" }),
  stop: () => background.send({ type: "stop" }),
});
const unsettled = new UnsettledList(browser, {
  retry: (delivery) => background.send({ type: "retry", delivery }),
  resend: (capture) => background.send({ type: "resend", capture }),
});
background.onMessage(receive);
// The background never closes the connection; only its end does, and then nothing goes on here.
background.onClose(() => window.close());
background.send({ type: "open", tab: await browser.activeTab() });

for (const field of [title, markdown]) {
  field.addEventListener("input", edit);
}
recapture.addEventListener("click", () => background.send({ type: "recapture" }));
resend.addEventListener("click", () => background.send({ type: "resend", capture: shown }));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  background.send({ type: "archive", ...fields(), plan: plan.value || null });
});

function fields() {
  return { title: title.value, markdown: markdown.value, summary: summary.own };
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
  } else if (told !== null) {
    show(told);
  }
}

/** @param {FormState} state */
function show(state) {
  const editing = state.stage === "editing";
  shown = state.capture?.id ?? "";
  document.body.dataset.stage = state.stage;
  document.body.toggleAttribute("data-captured", state.capture !== null);
  element("stage", HTMLElement).textContent = browser.text(`stage_${state.stage}`);
  fill(state.capture);
  summary.show(state);
  showEarlier(state.capture);
  showPlans(state);
  showError(state.error);
  resend.hidden = state.capture?.state !== "failed";
  unsettled.leaveOut(shown);
  element("hint", HTMLElement).hidden = !editing || state.error !== null;
  redraw(
    element("deliveries", HTMLElement),
    (state.capture?.deliveries ?? []).map((delivery) =>
      describeDelivery(delivery, browser, () =>
        background.send({ type: "retry", delivery: delivery.id }),
      ),
    ),
  );
  title.disabled = markdown.disabled = !editing;
  // What is being written would be lost; who does not want to wait for it stops it.
  archive.disabled = !editing || state.writing !== null;
  plan.disabled = !editing || state.plans.length < 2;
  recapture.disabled = ["capturing", "sending", "archiving"].includes(state.stage);
  markdown.placeholder = state.stage === "failed" ? "" : browser.text(`stage_${state.stage}`);
}

/** @param {CaptureView | null} capture */
function fill(capture) {
  const url = element("url", HTMLElement);
  url.textContent = url.title = capture?.url ?? "";
  const ready = capture?.markdown === null ? "" : (capture?.id ?? "");
  if (filled === "" || filled !== ready) {
    title.value = capture?.title ?? "";
    markdown.value = capture?.markdown ?? "";
    filled = ready;
    if (ready !== "" && capture?.state === "draft") {
      archive.disabled = false;
      archive.focus();
    }
  }
}

/** @param {CaptureView | null} capture */
function showEarlier(capture) {
  const earlier = capture?.earlier ?? null;
  const line = element("earlier", HTMLElement);
  line.hidden = earlier === null;
  line.replaceChildren(...(earlier === null ? [] : [describeEarlier(earlier, browser)]));
}

/** @param {FormState} state */
function showPlans(state) {
  if (plan.options.length !== state.plans.length) {
    plan.replaceChildren(
      ...state.plans.map(({ name, backends }) => new Option(planText(name, backends), name)),
    );
    plan.value = state.plan ?? "";
  }
}

/**
 * @param {string} name
 * @param {string[]} backends
 */
function planText(name, backends) {
  const places = backends.join(" + ");
  return places === name || places === "" ? name : `${name} (${places})`;
}

/** @param {ErrorInfo | null} error */
function showError(error) {
  element("error", HTMLElement).hidden = error === null;
  element("error-message", HTMLElement).textContent = error?.message ?? "";
  element("error-hint", HTMLElement).textContent = error?.hint ?? "";
}
