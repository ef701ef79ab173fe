"""What lxml leaves to its users."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml import etree

#: What is dropped is renamed first and taken out in one go: one by one, the text behind each would
#: be copied again and again.
DROPPED = "guidang-dropped"


def drop(element: etree._Element) -> None:
    """Remove *element* and keep the text behind it."""
    parent = element.getparent()
    if parent is None:
        return
    before = element.getprevious()
    if element.tail and before is not None:
        before.tail = (before.tail or "") + element.tail
    elif element.tail:
        parent.text = (parent.text or "") + element.tail
    parent.remove(element)
