"""What nobody saw leaves the tree."""

from __future__ import annotations

from lxml import etree

from .images import is_spacer

HIDDEN = "data-guidang-hidden"

#: Never content, not even in a selection.
_NEVER = frozenset(
    "script style template input select textarea button dialog object link meta".split()
)
#: What is dropped is renamed first and taken out in one go: one by one, the text behind each would
#: be copied again and again.
_DROPPED = "guidang-dropped"


def clean(page: etree._Element, *, whole: bool = False) -> None:
    """Take out, in place, what the reader did not see.

    What a page has for readers without scripts is left where its content is looked for: some have
    it there alone.
    """
    for element in list(page.iter(etree.Element)):
        if element is not page and (_unseen(element) or (whole and element.tag == "noscript")):
            element.tag = _DROPPED
        elif element.get(HIDDEN) == "visibility":
            _silence(element)
    etree.strip_elements(page, _DROPPED, with_tail=False)


def _unseen(element: etree._Element) -> bool:
    if element.tag == "script":
        return not element.get("type", "").startswith("math/tex")
    if element.tag == "img" and is_spacer(element):
        return True
    return element.tag in _NEVER or element.get(HIDDEN) == "display"


def _silence(element: etree._Element) -> None:
    """The element's own text was invisible; its children spoke for themselves."""
    element.text = None
    for child in element:
        child.tail = None
