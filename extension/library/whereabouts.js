/** Where a note went, and how far it is on its way there: a line for each backend. */

import { describeDelivery } from "../popup/delivery.js";

/** @import { Browser } from "../browser.js" */
/** @import { CaptureView, DeliveryView, FoundNote } from "../messages.js" */

/**
 * @param {FoundNote} note
 * @param {CaptureView | null} view - Its capture, where the daemon still knows it.
 * @param {Pick<Browser, "text" | "language">} browser
 * @param {(delivery: string) => void} retry
 */
export function describePlaces(note, view, browser, retry) {
  return deliveriesOf(note, view).map((delivery) =>
    describeDelivery(delivery, browser, () => retry(delivery.id)),
  );
}

/**
 * The deliveries, with the places that the library knows: a file may have been moved since, or have
 * been put there by hand.
 * @param {FoundNote} note
 * @param {CaptureView | null} view
 * @returns {DeliveryView[]}
 */
export function deliveriesOf({ id, places }, view) {
  const known = new Map(places.map((place) => [place.backend, place]));
  const sent = (view?.deliveries ?? []).map((delivery) => {
    const place = known.get(delivery.backend);
    known.delete(delivery.backend);
    const { receipt } = delivery;
    return receipt === null || place === undefined
      ? delivery
      : { ...delivery, receipt: { ...receipt, place: place.place, url: place.url } };
  });
  return [...sent, ...[...known.values()].map((place) => foundThere(id, place))];
}

/**
 * @param {string} note
 * @param {FoundNote["places"][number]} place
 * @returns {DeliveryView}
 */
function foundThere(note, { backend, place, url, revision }) {
  const receipt = { place, url, revision, unsaved: [], warning: null };
  const id = `${note}.${backend}`;
  return { id, backend, state: "delivered", attempts: 0, due_at: null, receipt, error: null };
}
