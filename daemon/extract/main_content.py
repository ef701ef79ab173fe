"""Which part of a page is its content."""

from __future__ import annotations

from lxml import etree
from readability import Document
from readability.readability import Unparseable

from .parse import parse
from .text import text_of

#: A judge that keeps less than this share of the text has picked a fragment.
_FRAGMENT = 0.1


def main_content(page: etree._Element) -> etree._Element:
    """The part of the cleaned *page* that readability chooses; the whole when it finds none."""
    body = page.find("body")
    whole = page if body is None else body
    try:
        chosen = parse(Document(etree.tostring(page, encoding="unicode", method="html")).summary())
    except Unparseable:
        return whole
    enough = len(text_of(whole)) * _FRAGMENT
    return chosen if len(text_of(chosen)) >= enough else whole


def without_title(body: etree._Element, title: str) -> None:
    """Drop the heading that repeats the title: the note has it already."""
    for heading in body.iter("h1", "h2"):
        if text_of(heading) == title:
            heading.text = None
            for child in list(heading):
                heading.remove(child)
            return
