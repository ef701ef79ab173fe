"""Which part of a page is its content."""

from __future__ import annotations

from lxml import etree

from .blocks import outline_of
from .choose import chosen
from .claims import Claims
from .features import Features
from .judge import judge
from .prune import prune


def main_content(page: etree._Element, claims: Claims, url: str) -> etree._Element:
    """What is left of the clean *page* at *url* when all is gone that is not its content.

    A page of which nothing looks like content is kept whole.
    """
    body = page.find("body")
    outline = outline_of(page if body is None else body)
    judging = judge()
    likely = judging.likely(outline, Features(outline, claims, url, judging.words))
    kept = chosen(outline, likely)
    return prune(outline, kept if any(kept) else [True] * len(kept))
