"""Which part of a page is its content."""

from __future__ import annotations

from itertools import islice

from lxml import etree

from ..tree import drop
from .blocks import outline_of
from .choose import chosen
from .claims import Claims
from .features import Features
from .judge import judge
from .prune import prune
from .text import text_of

#: Elements from the top among which a repeated title may be.
_NEAR_TOP = 30
_LINES = ("h1", "h2", "p", "div", "span", "strong")
#: Characters that may stand before a title: a date, an author.
_BEFORE_TITLE = 40


def main_content(page: etree._Element, claims: Claims, url: str) -> etree._Element:
    """What is left of the *page* at *url* when all is gone that is not its content.

    A page of which nothing looks like content is kept whole.
    """
    body = page.find("body")
    outline = outline_of(page if body is None else body)
    judging = judge()
    likely = judging.likely(outline, Features(outline, claims, url, judging.words))
    kept = chosen(outline, likely)
    return prune(outline, kept if any(kept) else [True] * len(kept))


def without_title(body: etree._Element, title: str) -> None:
    """Drop the line that repeats the title: the note has it already."""
    for element in islice(body.iter(*_LINES), _NEAR_TOP):
        text = text_of(element)
        if text == title:
            drop(element)
            return
        if len(text) > len(title) + _BEFORE_TITLE and element.tag == "p":
            return  # the text has begun
