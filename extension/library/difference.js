/** What differs between two texts, by lines, and within a line that changed by words. Pure. */

/**
 * A run of parts that both texts have, or one alone.
 * @typedef {{kind: "same" | "gone" | "new", parts: string[]}} Run
 */

/**
 * A line as it is shown. Every second piece of it differs, the first does not. `fold` stands for so
 * many lines that both have.
 * @typedef {{kind: "same" | "gone" | "new", pieces: string[]} | {kind: "fold", count: number}} Line
 */

/** Parts that may differ; beyond them all the rest is told as changed. */
const MOST_CHANGES = 1_000;
/** Lines that both have, shown around what differs. */
const AROUND = 2;
/** UTF-16 units of a line that is looked at word by word. */
const LONGEST_LINE = 20_000;
/** Words, and of scripts without spaces the single characters. */
const UNSPACED = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}`;
const WORDS = new RegExp(`[${UNSPACED}]|[[\\p{L}\\p{N}\\p{M}]--[${UNSPACED}]]+|\\s+|.`, "gsv");

/**
 * @param {string} before
 * @param {string} after
 * @returns {Line[]} Empty when both are the same.
 */
export function difference(before, after) {
  const runs = runsOf(linesOf(before), linesOf(after));
  if (runs.every(({ kind }) => kind === "same")) {
    return [];
  }
  return runs.flatMap((run, at) => {
    const { kind, parts } = run;
    if (kind === "same") {
      return folded(parts, at === 0, at === runs.length - 1);
    }
    const other = runs[kind === "gone" ? at + 1 : at - 1];
    const partner = other !== undefined && other.kind !== "same" ? other.parts : [];
    return parts.map((line, row) => ({ kind, pieces: piecesOf(line, partner[row], kind) }));
  });
}

/**
 * Those that say something: empty ones stand between most others.
 * @param {string} text
 */
function linesOf(text) {
  return text.split("\n").filter((line) => line.trim() !== "");
}

/**
 * Runs in the order of the texts; what is gone comes before what is new in its place.
 * @param {string[]} before
 * @param {string[]} after
 * @returns {Run[]}
 */
export function runsOf(before, after) {
  const start = commonStart(before, after);
  const end = commonEnd(before, after, start);
  const [middle, other] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
  /** @type {Run[]} */
  const runs = [
    { kind: "same", parts: before.slice(0, start) },
    ...(steps(middle, other) ?? [
      { kind: /** @type {const} */ ("gone"), parts: middle },
      { kind: /** @type {const} */ ("new"), parts: other },
    ]),
    { kind: "same", parts: before.slice(before.length - end) },
  ];
  return joined(runs);
}

/**
 * @param {string[]} lines
 * @param {boolean} isFirst
 * @param {boolean} isLast
 * @returns {Line[]}
 */
function folded(lines, isFirst, isLast) {
  const [before, after] = [isFirst ? 0 : AROUND, isLast ? 0 : AROUND];
  const hidden = lines.length - before - after;
  /** @param {string} line @returns {Line} */
  const shown = (line) => ({ kind: "same", pieces: [line] });
  if (hidden < 2) {
    return lines.map(shown);
  }
  return [
    ...lines.slice(0, before).map(shown),
    { kind: "fold", count: hidden },
    ...lines.slice(lines.length - after).map(shown),
  ];
}

/**
 * A line cut at the words that its partner has not.
 * @param {string} line
 * @param {string | undefined} partner
 * @param {"gone" | "new"} kind
 */
function piecesOf(line, partner, kind) {
  if (partner === undefined || line.length + partner.length > LONGEST_LINE) {
    return [line];
  }
  const [before, after] = kind === "gone" ? [line, partner] : [partner, line];
  const runs = runsOf(wordsOf(before), wordsOf(after)).filter((run) => run.kind === "same" || run.kind === kind);
  const same = runs.filter((run) => run.kind === "same").map((run) => run.parts.join("").trim());
  if (same.join("").length * 4 < line.length) {
    return [line]; // another line altogether
  }
  const pieces = [""];
  for (const { kind: each, parts } of runs) {
    const isHit = pieces.length % 2 === 0;
    if ((each === kind) === isHit) {
      pieces.push(`${pieces.pop() ?? ""}${parts.join("")}`);
    } else {
      pieces.push(parts.join(""));
    }
  }
  return pieces;
}

/** @param {string} line */
function wordsOf(line) {
  return line.match(WORDS) ?? [];
}

/**
 * @param {string[]} one
 * @param {string[]} other
 */
function commonStart(one, other) {
  let count = 0;
  while (count < one.length && count < other.length && one[count] === other[count]) {
    count += 1;
  }
  return count;
}

/**
 * @param {string[]} one
 * @param {string[]} other
 * @param {number} start
 */
function commonEnd(one, other, start) {
  const most = Math.min(one.length, other.length) - start;
  let count = 0;
  while (count < most && one.at(-1 - count) === other.at(-1 - count)) {
    count += 1;
  }
  return count;
}

/**
 * The shortest way from one list to the other (Myers, An O(ND) Difference Algorithm, 1986), part by
 * part; null when more than `MOST_CHANGES` parts differ.
 * @param {string[]} before
 * @param {string[]} after
 * @returns {Run[] | null}
 */
function steps(before, after) {
  const most = Math.min(before.length + after.length, MOST_CHANGES);
  const middle = most + 1;
  /** How far into *before* each diagonal reaches, the middle one is that of equal places. */
  const reach = new Int32Array(2 * middle + 1);
  /** @type {Int32Array[]} As it was before each number of changes. */
  const trace = [];
  for (let changes = 0; changes <= most; changes++) {
    trace.push(reach.slice(middle - changes - 1, middle + changes + 2));
    for (let diagonal = -changes; diagonal <= changes; diagonal += 2) {
      let at = startOf(trace, diagonal, changes).at;
      while (at < before.length && before[at] === after[at - diagonal]) {
        at += 1;
      }
      reach[middle + diagonal] = at;
      if (at >= before.length && at - diagonal >= after.length) {
        return backwards(trace, before, after);
      }
    }
  }
  return null;
}

/**
 * Where a diagonal begins after so many changes: one part further than its better neighbour.
 * @param {Int32Array[]} trace
 * @param {number} diagonal
 * @param {number} changes
 */
function startOf(trace, diagonal, changes) {
  const reach = trace[changes];
  const left = reach?.[diagonal + changes] ?? 0;
  const right = reach?.[diagonal + changes + 2] ?? 0;
  const isNew = diagonal === -changes || (diagonal !== changes && left < right);
  return { isNew, at: isNew ? right : left + 1 };
}

/**
 * @param {Int32Array[]} trace
 * @param {string[]} before
 * @param {string[]} after
 * @returns {Run[]}
 */
function backwards(trace, before, after) {
  /** @type {Run[]} */
  const runs = [];
  let [x, y] = [before.length, after.length];
  for (let changes = trace.length - 1; changes >= 0; changes--) {
    const { isNew, at } = startOf(trace, x - y, changes);
    for (const end = changes === 0 ? 0 : at; x > end; x--, y--) {
      runs.push({ kind: "same", parts: [before[x - 1] ?? ""] });
    }
    if (changes > 0 && isNew) {
      runs.push({ kind: "new", parts: [after[--y] ?? ""] });
    } else if (changes > 0) {
      runs.push({ kind: "gone", parts: [before[--x] ?? ""] });
    }
  }
  return runs.reverse();
}

/**
 * Neighbours of one kind as one run; between two that both have, what is gone comes first.
 * @param {Run[]} runs
 */
function joined(runs) {
  /** @type {Run[]} */
  const found = [];
  let [gone, fresh] = [/** @type {string[]} */ ([]), /** @type {string[]} */ ([])];
  const settle = () => {
    /** @type {Run[]} */
    const changes = [
      { kind: "gone", parts: gone },
      { kind: "new", parts: fresh },
    ];
    found.push(...changes.filter(({ parts }) => parts.length > 0));
    [gone, fresh] = [[], []];
  };
  for (const { kind, parts } of runs.filter((run) => run.parts.length > 0)) {
    const last = found.at(-1);
    if (kind === "gone") {
      gone.push(...parts);
    } else if (kind === "new") {
      fresh.push(...parts);
    } else if (last?.kind === "same" && gone.length + fresh.length === 0) {
      last.parts.push(...parts);
    } else {
      settle();
      found.push({ kind, parts: [...parts] });
    }
  }
  settle();
  return found;
}
