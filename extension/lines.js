/** Lists that are drawn anew whenever something has happened, under the hands of who uses them. */

/**
 * Put lines into a parent. One that is there already and looks the same stays the element that it
 * is: of a button that is taken away between press and release, browsers tell no click.
 * @template {Element} Line
 * @param {Element} parent
 * @param {Line[]} lines
 * @returns {Line[]} What stands there now, in their order.
 */
export function renew(parent, lines) {
  const old = /** @type {Set<Line>} */ (new Set(parent.children));
  const stays = lines.map((line) => {
    const same = old.has(line) ? line : ([...old].find((each) => each.isEqualNode(line)) ?? line);
    old.delete(same);
    return same;
  });
  for (const gone of old) {
    gone.remove();
  }
  for (const [at, line] of stays.entries()) {
    if (parent.children[at] !== line) {
      parent.insertBefore(line, parent.children[at] ?? null);
    }
  }
  return stays;
}

/**
 * Put lines into a list; who was on a button of it stays there, or on the list when the button goes,
 * and what was opened stays open.
 * @param {HTMLElement} list
 * @param {HTMLElement[]} lines
 */
export function redraw(list, lines) {
  const { activeElement: active } = document;
  const retry = active instanceof HTMLElement && list.contains(active) ? active.dataset.retry : "";
  const { scrollTop } = list;
  const opened = [...list.querySelectorAll("details")].filter(({ open }) => open);
  const ids = new Set(opened.map(({ dataset }) => dataset.delivery));
  for (const details of lines.flatMap((line) => [...line.querySelectorAll("details")])) {
    details.open = ids.has(details.dataset.delivery);
  }
  renew(list, lines);
  list.scrollTop = scrollTop;
  if (retry && document.activeElement !== active) {
    const buttons = [...list.querySelectorAll("button")];
    (buttons.find((button) => button.dataset.retry === retry) ?? list).focus();
  }
}
