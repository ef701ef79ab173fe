"""What nobody saw."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from ..tree import DROPPED
from .images import is_spacer

HIDDEN = "data-guidang-hidden"

#: Never content, not even in a selection.
_NEVER = frozenset("title style template select textarea button dialog object link meta".split())
#: Content as their attributes say.
_SOMETIMES = ("script", "input", "img")
_find_hidden = etree.XPath(f".//*[@{HIDDEN}]")


def clean(page: etree._Element, *, never: Iterable[str] = ()) -> None:
    """Take out, in place, what its reader did not see, and elements that are *never* content."""
    for element in list(page.iter(*_NEVER, *_SOMETIMES, *never)):
        if not _is_shown(element) and element is not page:
            element.tag = DROPPED
    found: list[etree._Element] = _find_hidden(page)  # type: ignore[assignment]  # elements alone
    for element in found:
        if element.get(HIDDEN) == "display":
            element.tag = DROPPED
        else:
            _silence(element)
    etree.strip_elements(page, DROPPED, with_tail=False)


def _is_shown(element: etree._Element) -> bool:
    if element.tag == "script":
        return element.get("type", "").startswith("math/tex")
    if element.tag == "input":  # a list of tasks shows which are done
        return element.get("type", "").lower() == "checkbox"
    return element.tag == "img" and not is_spacer(element)


def _silence(element: etree._Element) -> None:
    """Take the own text of an element that was invisible: what is in it speaks for itself."""
    element.text = None
    for child in element:
        child.tail = None
