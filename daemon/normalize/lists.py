"""Lists that hold nothing but items, whatever a page puts between them."""

from __future__ import annotations

from lxml import etree

from ..tree import DROPPED
from .forms import Found

_LISTS = frozenset(["ul", "ol", "menu", "dir"])
#: They show nothing.
_SILENT = frozenset(["script", "style", "template", "link", "meta", DROPPED])


def normalize(found: Found) -> None:
    """Put what stands in a list beside its items into the item before, or into one of its own."""
    for element in found["list"]:
        if element.tag in _LISTS and (_has_text(element.text) or any(map(_is_stray, element))):
            _gather(element)


def _is_stray(child: etree._Element) -> bool:
    return (child.tag != "li" and child.tag not in _SILENT) or _has_text(child.tail)


def _has_text(text: str | None) -> bool:
    return bool(text) and not text.isspace()  # type: ignore[union-attr]  # what is true is not None


def _gather(element: etree._Element) -> None:
    item: etree._Element | None = None
    if _has_text(element.text):
        item = etree.Element("li")
        item.text, element.text = element.text, None
        element.insert(0, item)
    for child in list(element):
        if child is item or child.tag in _SILENT:
            continue
        tail, child.tail = child.tail, None
        if child.tag == "li":
            item = child
        elif item is None:
            item = etree.Element("li")
            element.replace(child, item)
            item.append(child)
        else:
            item.append(child)
        _say(item, tail)


def _say(item: etree._Element, text: str | None) -> None:
    if not _has_text(text):
        return
    if len(item):
        item[-1].tail = (item[-1].tail or "") + (text or "")
    else:
        item.text = (item.text or "") + (text or "")
