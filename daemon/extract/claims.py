"""What a page says of itself that tells its content: its title, its teaser, its text."""

from __future__ import annotations

from lxml import etree
from msgspec import Struct

from .linked_data import things_of, types_of
from .text import one_line

#: Fewer characters are a teaser.
_BODY = 200


class Claims(Struct, frozen=True):
    """Every text is on one line, or "" where the page does not say; `bodies` keep their lines."""

    title: str
    shared_title: str  #: the one for links to the page
    description: str
    kind: str  #: og:type
    types: frozenset[str]  #: of https://schema.org, without the address
    bodies: tuple[str, ...]  #: texts that the page's data calls its own


def claims_of(page: etree._Element, named: dict[str, str]) -> Claims:
    """The claims of *page*, whose meta elements are *named*."""
    title = page.find(".//title")
    things = things_of(page.iter("script"))
    texts = (thing.get(name) for thing in things for name in ("articleBody", "text"))
    return Claims(
        title=one_line(title.text or "") if title is not None else "",
        shared_title=named.get("og:title", ""),
        description=named.get("og:description") or named.get("description") or "",
        kind=named.get("og:type", ""),
        types=frozenset(each for thing in things for each in types_of(thing)),
        bodies=tuple(text for text in texts if isinstance(text, str) and len(text) > _BODY),
    )
