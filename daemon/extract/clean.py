"""What nobody saw."""

from __future__ import annotations

from lxml import etree

from ..tree import DROPPED
from .images import is_spacer

HIDDEN = "data-guidang-hidden"

#: Never content, not even in a selection.
_NEVER = frozenset("style template select textarea button dialog object link meta".split())


def clean(page: etree._Element) -> None:
    """Take out, in place, what the reader of a selection did not see."""
    for element in list(page.iter(etree.Element)):
        tag = element.tag
        if element is not page and (tag == "noscript" or is_never_shown(element, tag)):
            element.tag = DROPPED
    etree.strip_elements(page, DROPPED, with_tail=False)


def is_never_shown(element: etree._Element, tag: str) -> bool:
    """Whether *element*, of this *tag*, and all in it was out of the reader's sight.

    One that was invisible itself loses its own text: what is in it speaks for itself.
    """
    if tag in _NEVER:
        return True
    hidden = element.get(HIDDEN)
    if hidden is not None:
        if hidden == "display":
            return True
        _silence(element)
    if tag == "script":
        return not element.get("type", "").startswith("math/tex")
    if tag == "input":  # a list of tasks shows which are done
        return element.get("type", "").lower() != "checkbox"
    return tag == "img" and is_spacer(element)


def _silence(element: etree._Element) -> None:
    element.text = None
    for child in element:
        child.tail = None
