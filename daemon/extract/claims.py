"""What a page says of itself in its data: JSON-LD, meta elements, its title."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from lxml import etree
from msgspec import Struct

from .text import one_line

#: Deeper data, and more of it, is nothing that describes a page.
_DEEPEST, _LARGEST = 40, 2_000_000
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
    types: set[str] = set()
    bodies: list[str] = []
    for thing in _things(page):
        kind = thing.get("@type")
        types.update(each for each in _listed(kind) if isinstance(each, str))
        for name in ("articleBody", "text"):
            text = thing.get(name)
            if isinstance(text, str) and len(text) > _BODY:
                bodies.append(text)
    return Claims(
        title=one_line(title.text or "") if title is not None else "",
        shared_title=named.get("og:title", ""),
        description=named.get("og:description") or named.get("description") or "",
        kind=named.get("og:type", ""),
        types=frozenset(types),
        bodies=tuple(bodies),
    )


def _things(page: etree._Element) -> Iterator[dict[str, Any]]:
    """Every object of the page's JSON-LD; what is no JSON is passed over."""
    for script in page.iter("script"):
        if script.get("type", "").lower() != "application/ld+json" or not script.text:
            continue
        if len(script.text) > _LARGEST:
            continue
        try:
            # Pages break lines inside of texts, which strict JSON forbids.
            found = json.loads(script.text, strict=False)
        except (ValueError, RecursionError):
            continue
        yield from _objects(found)


def _objects(found: object) -> Iterator[dict[str, Any]]:
    left = [(found, 0)]
    while left:
        value, depth = left.pop()
        if depth > _DEEPEST:
            continue
        if isinstance(value, dict):
            yield value
            left.extend((each, depth + 1) for each in value.values())
        elif isinstance(value, list):
            left.extend((each, depth + 1) for each in value)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
