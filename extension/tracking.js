/** What is known of a capture on its way, and how an answer or an event changes it. Pure. */

import { list, nullOr, number, record, text, oneOf } from "./readers.js";
import { readDelivery, readErrorInfo } from "./messages.js";

/** @import { Capture, CaptureEvent, CaptureView, DeliveryView, ErrorInfo, Stage } from "./messages.js" */

/** The readers of what storage gives back. */
export const readTracked = record({
  id: text,
  tab: nullOr(number),
  url: text,
  title: text,
  state: oneOf("sending", "lost", "accepted", "draft", "archived", "failed"),
  deliveries: list(readDelivery),
  error: nullOr(readErrorInfo),
  /** When a note of the same page was archived before. */
  earlier: nullOr(text),
});
/** @typedef {ReturnType<typeof readTracked>} Tracked - `lost`: it never reached the daemon. */

/**
 * How things stand, in one word.
 * - `sending`: on its way to the daemon.
 * - `draft`: the daemon has it and waits for the user.
 * - `accepted`: the daemon has it on disk; it or a delivery is under way.
 * - `waiting`: nothing is under way; a delivery failed for now and will be tried again, or the
 *   daemon cannot be heard.
 * - `archived`: every delivery has its receipt.
 * - `failed`: it was lost, or it or one of its deliveries will not go on by itself.
 * @typedef {"sending" | "draft" | "accepted" | "waiting" | "archived" | "failed"} Outcome
 */

/**
 * @param {Pick<Capture, "id" | "url" | "title">} capture
 * @param {number | null} tab
 * @returns {Tracked}
 */
export function begun({ id, url, title }, tab) {
  const state = "sending";
  return { id, tab, url, title: shown(title), state, deliveries: [], error: null, earlier: null };
}

/**
 * @param {CaptureView} view
 * @param {Pick<Tracked, "tab" | "earlier">} known - What a view does not tell, or not each.
 * @returns {Tracked}
 */
export function fromView({ id, url, title, state, deliveries, error, earlier }, known) {
  const before = earlier?.archived_at ?? known.earlier;
  const { tab } = known;
  return { id, tab, url, title: shown(title), state, deliveries, error, earlier: before };
}

/**
 * A title as it is remembered: the browser's session storage holds 10 MB in all, and a page may have
 * a title that fills it.
 * @param {string} title
 */
function shown(title) {
  return title.slice(0, 1000);
}

/**
 * @param {Tracked} tracked
 * @param {ErrorInfo} error - Why it never reached the daemon.
 * @returns {Tracked}
 */
export function lost(tracked, error) {
  return { ...tracked, state: "lost", error };
}

/**
 * @param {Tracked} tracked
 * @param {CaptureEvent} event
 * @returns {Tracked}
 */
export function applied(tracked, event) {
  switch (event.type) {
    case "accepted":
      return { ...tracked, state: "accepted", error: null };
    case "ready":
      return { ...tracked, state: "draft" };
    case "failed":
      return { ...tracked, state: "failed", error: event.error };
    case "enqueued":
      return { ...tracked, state: "archived", deliveries: event.deliveries, error: null };
    case "retried":
      return changed(tracked, event.delivery, { state: "waiting", due_at: null });
    case "sending":
      return changed(tracked, event.delivery, { state: "sending", error: null });
    case "delivered":
      return changed(tracked, event.delivery, {
        state: "delivered",
        receipt: event.receipt,
        error: null,
      });
    case "deferred":
      return changed(tracked, event.delivery, {
        state: "waiting",
        error: event.error,
        due_at: event.due_at,
      });
    case "rejected":
      return changed(tracked, event.delivery, { state: "rejected", error: event.error });
    case "indexed":
    case "removed":
      return tracked; // the library's, not its way
  }
}

/**
 * @param {Tracked} tracked
 * @param {string} id
 * @param {Partial<DeliveryView>} change
 */
function changed(tracked, id, change) {
  const deliveries = tracked.deliveries.map((delivery) =>
    delivery.id === id ? { ...delivery, ...change } : delivery,
  );
  return { ...tracked, deliveries };
}

/**
 * Whether anything will still happen by itself.
 * @param {Pick<Tracked, "state" | "deliveries">} tracked
 */
export function isPending({ state, deliveries }) {
  return (
    state === "sending" ||
    state === "accepted" ||
    deliveries.some((delivery) => delivery.state === "waiting" || delivery.state === "sending")
  );
}

/**
 * Whether the daemon has it and will say more of it: by itself, or when a person has mended
 * something. Of a draft its form hears.
 * @param {Pick<Tracked, "state" | "deliveries">} tracked
 */
export function isUnsettled(tracked) {
  return (
    isPending(tracked) ||
    tracked.state === "failed" ||
    tracked.deliveries.some((delivery) => delivery.state === "rejected")
  );
}

/**
 * @param {Pick<Tracked, "state" | "deliveries" | "error">} tracked
 * @returns {Outcome}
 */
export function outcome({ state, deliveries, error }) {
  if (state === "lost") {
    return "failed";
  }
  if (state !== "archived") {
    return state === "accepted" && error !== null ? "waiting" : state;
  }
  if (deliveries.some((delivery) => delivery.state === "rejected")) {
    return "failed";
  }
  const open = deliveries.filter((delivery) => delivery.state !== "delivered");
  if (open.length === 0) {
    return "archived";
  }
  const waits = error !== null || open.every((delivery) => delivery.state === "waiting" && delivery.error !== null);
  return waits ? "waiting" : "accepted";
}

/**
 * How the form stands that shows it.
 * @param {CaptureView} view
 * @returns {Stage}
 */
export function stageOf(view) {
  const result = outcome(view);
  if (result === "draft") {
    return view.markdown === null ? "cleaning" : "editing";
  }
  if (result === "sending" || result === "accepted" || (result === "failed" && isPending(view))) {
    return "archiving";
  }
  return result;
}

/**
 * Why it failed or waits: the capture's own error, or the first of its deliveries'.
 * @param {Tracked} tracked
 * @returns {ErrorInfo | null}
 */
export function reason({ error, deliveries }) {
  const rejected = deliveries.find((delivery) => delivery.state === "rejected");
  return error ?? rejected?.error ?? deliveries.find((delivery) => delivery.error)?.error ?? null;
}
