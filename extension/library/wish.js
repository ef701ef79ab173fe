/** What is looked for: as the page's own address has it, and as the daemon is asked for it. */

/** @typedef {"site" | "tag" | "backend" | "state" | "since" | "until"} Filter */
/** @typedef {Record<"query" | "note" | Filter, string>} Wish - Empty is what does not matter. */

/** @type {readonly Filter[]} */
export const FILTERS = ["site", "tag", "backend", "state", "since", "until"];

export const STATES = ["waiting", "sending", "delivered", "rejected"];

/** Notes that are asked for at once. */
export const PAGE = 50;

/** @type {Wish} */
export const NOTHING = {
  query: "",
  note: "",
  site: "",
  tag: "",
  backend: "",
  state: "",
  since: "",
  until: "",
};

/**
 * The wish in an address; what the daemon would not understand is left out.
 * @param {string} search - As `location.search` has it.
 * @returns {Wish}
 */
export function readWish(search) {
  const given = new URLSearchParams(search);
  const wish = { ...NOTHING };
  for (const name of /** @type {(keyof Wish)[]} */ (Object.keys(NOTHING))) {
    const value = (given.get(name) ?? "").trim();
    wish[name] = isMeant(name, value) ? value : "";
  }
  return wish;
}

/**
 * @param {keyof Wish} name
 * @param {string} value
 */
function isMeant(name, value) {
  if (name === "since" || name === "until") {
    return /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value));
  }
  return name !== "state" || STATES.includes(value);
}

/**
 * The address that holds a wish, relative to the page.
 * @param {Wish} wish
 */
export function addressOf(wish) {
  const told = Object.entries(wish).filter(([, value]) => value !== "");
  return told.length === 0 ? "?" : `?${new URLSearchParams(told).toString()}`;
}

/**
 * What the daemon is asked for: a page of the notes.
 * @param {Wish} wish
 * @param {number} page - The first is 0.
 * @param {boolean} count - Whether the daemon is to say how many there are.
 */
export function questionOf(wish, page, count) {
  const told = Object.entries(wish).filter(([name, value]) => name !== "note" && value !== "");
  const question = new URLSearchParams(told);
  question.set("limit", String(PAGE));
  question.set("offset", String(page * PAGE));
  if (count) {
    question.set("count", "true");
  }
  return question;
}

/**
 * Whether two wishes find the same notes.
 * @param {Wish} one
 * @param {Wish} other
 */
export function isSameSearch(one, other) {
  return one.query === other.query && FILTERS.every((name) => one[name] === other[name]);
}

/**
 * The filters that leave something out.
 * @param {Wish} wish
 */
export function activeFilters(wish) {
  return FILTERS.filter((name) => wish[name] !== "");
}
