"""Lists and the markers of their items (CommonMark 0.31, sections 5.2 and 5.3)."""

from __future__ import annotations

from lxml import etree

from ..normalize import all_text


class List:
    """A list and the number of its next item."""

    __slots__ = ("begun", "interrupts", "marker", "number", "ordered", "tight")

    def __init__(self, element: etree._Element, *, again: bool) -> None:
        self.ordered = element.tag == "ol"
        self.tight = not any(
            next(item.iterchildren("p"), None) is not None for item in element.iterchildren("li")
        )
        start = element.get("start", "1")
        self.number = int(start) if start.isdecimal() and len(start) <= 9 else 1
        self.marker = (")" if again else ".") if self.ordered else ("*" if again else "-")
        self.begun = False
        #: Whether it is seen right after a line of text (CommonMark 0.31, section 5.3).
        self.interrupts = not self.ordered or self.number == 1

    def next_marker(self) -> str:
        """What stands before the next item."""
        self.begun = True
        if not self.ordered:
            return f"{self.marker} "
        self.number += 1
        return f"{min(self.number - 1, 999_999_999)}{self.marker} "


def begins_with_text(element: etree._Element) -> bool:
    """Whether the first item of a list has any: an empty one is no list right after a line."""
    first = element.find("li")
    return first is not None and bool(all_text(first).strip())
