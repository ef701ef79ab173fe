"""Headings without the links to themselves that only a browser needs."""

from __future__ import annotations

import re

from lxml import etree

from .forms import Found, classes, drop, is_label, text_of

_PERMALINK = re.compile(
    r"\b(?:headerlink|hash-link|header-anchor|anchorjs-link|permalink|heading-anchor|anchor-link"
    r"|heading-link|toc-anchor|direct-link|octicon-link|anchor)\b"
)
_SIGNS = frozenset(["", "#", "¶", "§", "🔗", "∞", "link", "\u200b", "\u2060", "⚓", "permalink"])
_TO_TOP = frozenset(["top", "back to top", "↑", "⇧", "返回顶部", "回到顶部"])


def normalize(found: Found) -> None:
    """Drop permalinks and links to editors."""
    for element in filter(is_label, found["edit"]):
        drop(element)
    for heading in found["heading"]:
        for link in heading.iter("a"):
            if _is_permalink(link):
                drop(link)


def _is_permalink(link: etree._Element) -> bool:
    if not (link.get("href") or "").startswith("#") and not _PERMALINK.search(classes(link)):
        return False
    return (
        text_of(link).lower() in _SIGNS | _TO_TOP
        and link.find(".//img") is None
        and "href" in link.attrib
    )
