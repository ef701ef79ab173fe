"""Which part of a page is its content."""

from __future__ import annotations

from itertools import islice
from typing import cast

from lxml import etree
from readability import Document
from readability.readability import Unparseable

from ..tree import drop
from .parse import parse
from .text import text_of

#: A judge that keeps less than this share of the text has picked a fragment.
_FRAGMENT = 0.1
#: Elements from the top among which a repeated title may be.
_NEAR_TOP = 30
_LINES = ("h1", "h2", "p", "div", "span", "strong")
#: Characters that may stand before a title: a date, an author.
_BEFORE_TITLE = 40
#: Characters of HTML. Readability takes 40 times a page's size in memory, and 0.4 s for 1 MB.
_LARGEST = 4_000_000


def main_content(page: etree._Element) -> etree._Element:
    """The part of the cleaned *page* that is its content; the whole when no judge finds one."""
    body = page.find("body")
    whole = page if body is None else body
    if _size(page) > _LARGEST:
        return _marked(whole)
    sources = _number_images(page)
    content = _judged(page, whole)
    for image in content.iter("img"):
        image.set("src", sources.get(image.get("src", ""), ""))
    return content


def _number_images(page: etree._Element) -> dict[str, str]:
    """Exchange the address of each image for a number; the addresses by their numbers.

    Readability asks for none of them, but empties those that could be a script, SVG in a `data:`
    URL for one, and copies the others many times.
    """
    sources = {}
    for number, image in enumerate(page.iter("img")):
        sources[str(number)] = image.get("src", "")
        image.set("src", str(number))
    return sources


def _judged(page: etree._Element, whole: etree._Element) -> etree._Element:
    try:
        html = etree.tostring(page, encoding="unicode", method="html")
        chosen = parse(Document(html).summary())
    except Unparseable:
        return whole
    enough = len(text_of(whole)) * _FRAGMENT
    return chosen if len(text_of(chosen)) >= enough else whole


def _size(page: etree._Element) -> float:
    """About the characters of its HTML, counted without writing it."""
    return cast("float", page.xpath("string-length() + 20 * count(.//*)"))


def _marked(whole: etree._Element) -> etree._Element:
    """The element that the page itself calls its content, if there is just one."""
    for tag in ("article", "main"):
        found = whole.findall(f".//{tag}")
        if len(found) == 1:
            return found[0]
    return whole


def without_title(body: etree._Element, title: str) -> None:
    """Drop the line that repeats the title: the note has it already."""
    for element in islice(body.iter(*_LINES), _NEAR_TOP):
        text = text_of(element)
        if text == title:
            drop(element)
            return
        if len(text) > len(title) + _BEFORE_TITLE and element.tag == "p":
            return  # the text has begun
