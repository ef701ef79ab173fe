/**
 * What passes between the page, the background, the form and the daemon: types, and the readers
 * that check what comes in. `PROTOCOL.md` says what each means.
 */

import {
  anything,
  byType,
  dictionary,
  flag,
  list,
  nullOr,
  number,
  oneOf,
  optional,
  record,
  text,
} from "./readers.js";

/**
 * What `snapshot.js` finds in the page.
 * @typedef {object} Snapshot
 * @property {string} url
 * @property {string} title
 * @property {string} html
 * @property {string | null} selection - HTML of the selected part.
 * @property {string | null} canonical - The address that the page gives as its own.
 * @property {string | null} language - The page's `lang`.
 * @property {string} captured_at - ISO 8601, local time with its offset.
 * @property {CapturedImage[]} images
 * @property {UnreadImage[]} unread
 */

/**
 * The bytes of an image of the page.
 * @typedef {object} CapturedImage
 * @property {string} url - As the `src` in the HTML.
 * @property {string} data - Base64.
 */

/**
 * An image that the page shows and its scripts may not read.
 * @typedef {object} UnreadImage
 * @property {string} url - As the `src` in the HTML.
 * @property {string} name - What a complete capture calls it.
 */

/** @typedef {"page" | "selection"} Part - Which of the two becomes the note. */

/**
 * What is sent to the daemon.
 * @typedef {Omit<Snapshot, "unread"> & {
 *   id: string,
 *   interface_language: string,
 *   part: Part,
 *   plan: string | null,
 *   draft: boolean,
 * }} Capture
 */

export const readErrorInfo = record({ code: text, message: text, hint: text });
const captureState = oneOf("accepted", "draft", "archived", "failed");
const unsaved = record({ url: text, error: readErrorInfo });
const receipt = record({
  place: text,
  url: nullOr(text),
  revision: nullOr(text),
  unsaved: optional(list(unsaved), []),
  warning: optional(nullOr(readErrorInfo), null),
});

export const readDelivery = record({
  id: text,
  backend: text,
  state: oneOf("waiting", "sending", "delivered", "rejected"),
  attempts: number,
  due_at: nullOr(text),
  receipt: nullOr(receipt),
  error: nullOr(readErrorInfo),
});

/** An older daemon does not tell the kinds of the backends. */
const plan = record({
  name: text,
  backends: list(text),
  kinds: optional(list(text), []),
  summary: flag,
});

/** @typedef {ReturnType<typeof readErrorInfo>} ErrorInfo - A code, a sentence, what to do. */
/** @typedef {ReturnType<typeof readDelivery>} DeliveryView */
/** @typedef {ReturnType<typeof plan>} Plan */
/** @typedef {ReturnType<typeof captureState>} CaptureState */

/** A piece of an answer that the native host sends. */
export const readAnswerFrame = record({
  id: nullOr(text),
  status: number,
  body: optional(text, ""),
  more: optional(flag, false),
});
/** @typedef {ReturnType<typeof readAnswerFrame>} AnswerFrame */

/** The body of every answer with a status from 400 on. */
export const readRefusal = record({ error: readErrorInfo });

const place = record({
  backend: text,
  place: text,
  url: nullOr(text),
  revision: nullOr(text),
  stored_at: text,
});
/** The newest note of the same page; an older daemon does not tell it. */
const earlier = optional(
  nullOr(record({ id: text, title: text, archived_at: text, places: list(place) })),
  null,
);
/** @typedef {NonNullable<ReturnType<typeof earlier>>} Earlier */

const found = {
  id: text,
  title: text,
  url: text,
  archived_at: text,
  site: nullOr(text),
  byline: nullOr(text),
  published: nullOr(text),
  tags: list(text),
  places: list(place),
  marked_title: list(text),
  snippet: list(text),
  newer_version: nullOr(text),
  older_versions: list(text),
};
const readFoundNote = record(found);
/** @typedef {ReturnType<typeof readFoundNote>} FoundNote */

/** A page of what a search found; `total` is told where it was asked for. */
export const readNotes = record({ notes: list(readFoundNote), total: optional(nullOr(number), null) });
/** @typedef {ReturnType<typeof readNotes>} FoundPage */

export const readWholeNote = record({ ...found, markdown: text, text_at: optional(number, 0) });
/** @typedef {ReturnType<typeof readWholeNote>} WholeNote */

export const readAcceptance = record({ id: text, state: captureState, earlier });

/** A summary as it was written, with what its article does not hold. */
const summary = record({
  markdown: text,
  made_by: text,
  doubts: list(record({ text, kind: text })),
  unchecked: optional(flag, false),
  input_tokens: number,
  output_tokens: number,
  cost: nullOr(number),
  seconds: nullOr(number),
});
/** @typedef {ReturnType<typeof summary>} Summary */

/** A line of `POST /captures/ID/summary`; null for types that only a newer extension knows. */
export const readSummaryLine = byType({
  text: { text },
  anew: {},
  done: { summary },
  error: { error: readErrorInfo },
});

export const readCaptureView = record({
  id: text,
  url: text,
  title: text,
  state: captureState,
  plan: nullOr(text),
  /** Of a draft, with each plan: first the one that it goes by. An older daemon does not tell it. */
  planned: optional(list(record({ plan: text, summary: flag })), []),
  markdown: nullOr(text),
  summary: nullOr(text),
  written: optional(nullOr(summary), null),
  error: nullOr(readErrorInfo),
  warning: optional(nullOr(readErrorInfo), null),
  note: nullOr(record({ id: text, title: text })),
  deliveries: list(readDelivery),
  earlier,
});
/** @typedef {ReturnType<typeof readCaptureView>} CaptureView */

export const readCaptures = record({ captures: list(readCaptureView) });

export const readStatus = record({
  version: text,
  protocol: number,
  plans: list(plan),
  plan: text,
  captures: optional(dictionary(number), {}),
  faults: optional(list(readErrorInfo), []),
});
/** @typedef {ReturnType<typeof readStatus>} Status */

/** Of the settings the backends alone, by their names; what a kind takes is the daemon's to know. */
export const readSettings = record({ backends: dictionary(record({})) });

/** Where a backend may store notes, and the settings of the backend that say so. */
const destination = record({ name: text, token: text, kind: text, settings: dictionary(text) });
/** @typedef {ReturnType<typeof destination>} Destination */

/** An older daemon tells neither the place that was asked for nor the one that is chosen. */
export const readDestinations = record({
  places: list(destination),
  warning: nullOr(readErrorInfo),
  here: optional(nullOr(destination), null),
  chosen: optional(nullOr(destination), null),
});
/** @typedef {ReturnType<typeof readDestinations>} Destinations */

export const readCheck = record({ message: text });

const table = dictionary(anything);
const planTable = record({ backends: list(text), summary: flag, template: text });
const known = record({
  language: text,
  plan: text,
  template: text,
  plans: dictionary(planTable),
  rules: optional(list(table), []),
  backends: dictionary(table),
  summarizer: table,
  images: table,
});

/**
 * All settings: those that the options know by name are typed, the others are as they are.
 * @param {unknown} value
 * @param {string} place
 */
export const readAllSettings = (value, place) => ({ ...table(value, place), ...known(value, place) });
/** @typedef {ReturnType<typeof readAllSettings>} Settings */
/** @typedef {Record<string, unknown>} Table - A part of the settings, by names. */
/** @typedef {ReturnType<typeof planTable>} PlanSettings */

/** A JSON Schema, as far as a form of it is made. */
const property = record({
  type: optional(text, ""),
  enum: optional(list(anything), []),
  anyOf: optional(list(anything), []),
  minimum: optional(nullOr(number), null),
  maximum: optional(nullOr(number), null),
  pattern: optional(text, ""),
  format: optional(text, ""),
  description: optional(text, ""),
  default: optional(anything, null),
  services: optional(
    dictionary(
      record({
        title: text,
        api: optional(text, ""),
        needs_key: optional(flag, true),
        window: optional(nullOr(number), null),
        model: optional(text, ""),
      }),
    ),
    {},
  ),
});
const schema = record({
  $ref: text,
  $defs: dictionary(
    record({ properties: dictionary(property), required: optional(list(text), []) }),
  ),
});
export const readSchemas = record({
  settings: schema,
  backends: dictionary(schema),
  summarizers: dictionary(schema),
});
/** @typedef {ReturnType<typeof property>} Property */
/** @typedef {ReturnType<typeof schema>} Schema */
/** @typedef {ReturnType<typeof readSchemas>} Schemas */

export const readTemplates = record({ templates: list(text) });
export const readPreview = record({ file: text, markdown: text });
export const readSecret = record({ kept: flag });

/** A line of `GET /events`; null for types that only a newer extension knows. */
export const readEvent = byType({
  hello: { version: text, protocol: number },
  accepted: { capture: text },
  ready: { capture: text },
  failed: { capture: text, error: readErrorInfo },
  enqueued: { capture: text, note: record({ id: text, title: text }), deliveries: list(readDelivery) },
  retried: { capture: text, delivery: text, backend: text },
  sending: { capture: text, delivery: text, backend: text },
  delivered: { capture: text, delivery: text, backend: text, receipt },
  deferred: { capture: text, delivery: text, backend: text, error: readErrorInfo, due_at: text },
  rejected: { capture: text, delivery: text, backend: text, error: readErrorInfo },
  indexed: { capture: text },
  removed: { capture: text },
});
/** @typedef {NonNullable<ReturnType<typeof readEvent>>} Event */
/** @typedef {Exclude<Event, {type: "hello"}>} CaptureEvent */

/** The user's edits of a draft; what is missing stays as it is. */
/** @typedef {{title?: string, markdown?: string, summary?: string}} Edits */

/** The fields of the form; `summary` is null while the user has not touched it. */
const fields = { title: text, markdown: text, summary: nullOr(text) };

/**
 * What the form asks of the background. `open`: this capture, or what there is of the page of the tab;
 * `keep`: edits at once, for the form is about to go on elsewhere.
 */
export const readFormRequest = byType({
  open: { tab: number, capture: nullOr(text) },
  list: {},
  edit: fields,
  keep: {},
  plan: { plan: text },
  archive: { ...fields, plan: nullOr(text), updates: nullOr(text) },
  recapture: {},
  summarize: {},
  stop: {},
  retry: { delivery: text },
  resend: { capture: text },
  discard: { capture: text },
});
/** @typedef {NonNullable<ReturnType<typeof readFormRequest>>} FormRequest */

/**
 * How the form stands.
 * - `opening`: the daemon is asked for what was captured from the page before.
 * - `capturing`: the page is being read.
 * - `sending`: it is on its way to the daemon.
 * - `cleaning`: the daemon has it and makes its Markdown.
 * - `editing`: a draft that waits for the user.
 * - `archiving`: sent off; deliveries are under way.
 * - `waiting`: a delivery failed for now and will be tried again.
 * - `archived`: every delivery has its receipt.
 * - `failed`: it will not go on by itself; `error` or the deliveries say why.
 *
 * `writing` is what is there of a summary that is being written; `unwritten` is why there is none.
 * `page` is what the tab shows meanwhile: the `same` page, an `other` one, or one that is `unreadable`
 * until the user presses the button in the toolbar.
 */
const stage = oneOf(
  "opening",
  "capturing",
  "sending",
  "cleaning",
  "editing",
  "archiving",
  "waiting",
  "archived",
  "failed",
);
/** @typedef {ReturnType<typeof stage>} Stage */

const tabPage = oneOf("same", "other", "unreadable");
/** @typedef {ReturnType<typeof tabPage>} TabPage */

const formState = {
  stage,
  page: tabPage,
  capture: nullOr(readCaptureView),
  plans: list(plan),
  plan: nullOr(text),
  error: nullOr(readErrorInfo),
  writing: nullOr(text),
  unwritten: nullOr(readErrorInfo),
};
/** @typedef {import("./readers.js").Held<typeof formState>} FormState */

/**
 * What the background tells the form: `state` at every change, `writing` for each piece of a summary,
 * as the whole of the state may be large, and `unsettled`, what is not delivered everywhere, of
 * whichever page: the newest, and how many there are.
 */
export const readFormMessage = byType({
  state: formState,
  writing: { text },
  unsettled: { captures: list(readCaptureView), count: number },
});
/** @typedef {NonNullable<ReturnType<typeof readFormMessage>>} FormMessage */

/** What the page with the tabs of a window asks of the background. */
export const readTabsRequest = byType({
  archive: { tabs: list(number) },
  retry: { delivery: text },
  resend: { capture: text },
});
/** @typedef {NonNullable<ReturnType<typeof readTabsRequest>>} TabsRequest */

/**
 * How far the page of a tab is. `queued`: its turn comes; `reading`: it is loaded and captured; the
 * others as `Outcome` has them. `capture` is null for what never reached the daemon.
 */
const tabResult = record({
  tab: number,
  url: text,
  stage: oneOf("queued", "reading", "sending", "accepted", "waiting", "archived", "failed"),
  error: nullOr(readErrorInfo),
  capture: nullOr(text),
  deliveries: list(readDelivery),
});
/** @typedef {ReturnType<typeof tabResult>} TabResult */

/** What the background tells it, at every change. */
export const readTabsMessage = byType({ results: { results: list(tabResult) } });
