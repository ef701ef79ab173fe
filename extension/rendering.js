/** A note's Markdown as elements that do nothing by themselves. */

/**
 * What a reader sees of *markdown*: no script, no handler, no form, and no request.
 * @param {string} markdown
 * @returns {DocumentFragment}
 */
export function renderSafely(markdown) {
  const fragment = document.createDocumentFragment();
  for (const paragraph of markdown.split(/\n{2,}/).filter((each) => each.trim() !== "")) {
    const element = document.createElement("p");
    element.className = "source";
    element.textContent = paragraph;
    fragment.append(element);
  }
  return fragment;
}
