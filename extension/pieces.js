/** Long texts in pieces. */

/**
 * A text in slices of at most *size* UTF-16 units, none of which ends inside a surrogate pair.
 * @param {string} text
 * @param {number} size
 */
export function* slices(text, size) {
  for (let start = 0; start < text.length; ) {
    const end = endOfSlice(text, start, size);
    yield text.slice(start, end);
    start = end;
  }
}

/**
 * Parts of a text joined and cut anew into pieces of at most *size*; at least one, of which only the
 * last has no *more*.
 * @param {Iterable<string>} parts
 * @param {number} size
 */
export function* pieces(parts, size) {
  let rest = "";
  for (const part of parts) {
    rest += part;
    while (rest.length > size) {
      const end = endOfSlice(rest, 0, size);
      yield { piece: rest.slice(0, end), more: true };
      rest = rest.slice(end);
    }
  }
  yield { piece: rest, more: false };
}

/**
 * @param {string} text
 * @param {number} start
 * @param {number} size
 */
function endOfSlice(text, start, size) {
  const end = Math.min(start + size, text.length);
  const splits = end < text.length && isHighSurrogate(text.charCodeAt(end - 1));
  return splits && end - 1 > start ? end - 1 : end;
}

/** @param {number} unit */
function isHighSurrogate(unit) {
  return unit >= 0xd800 && unit <= 0xdbff;
}
