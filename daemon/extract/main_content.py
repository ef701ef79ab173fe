"""Which part of a page is its content."""

from __future__ import annotations

from typing import cast

from lxml import etree
from readability import Document
from readability.readability import Unparseable

from .parse import parse
from .text import text_of

#: A judge that keeps less than this share of the text has picked a fragment.
_FRAGMENT = 0.1
#: Characters of HTML. Readability takes 40 times a page's size in memory, and 0.4 s for 1 MB.
_LARGEST = 4_000_000


def main_content(page: etree._Element) -> etree._Element:
    """The part of the cleaned *page* that is its content; the whole when no judge finds one."""
    body = page.find("body")
    whole = page if body is None else body
    if _size(page) > _LARGEST:
        return _marked(whole)
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
    """Drop the heading that repeats the title: the note has it already."""
    for heading in body.iter("h1", "h2"):
        if text_of(heading) == title:
            heading.text = None
            for child in list(heading):
                heading.remove(child)
            return
