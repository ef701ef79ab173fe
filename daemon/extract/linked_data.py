"""What a page says of itself in JSON-LD (https://schema.org)."""

from __future__ import annotations

import html
import json
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree

from .text import one_line

Thing = dict[str, Any]

#: Deeper data, and more of it, is nothing that describes a page.
_DEEPEST, _LARGEST = 40, 2_000_000
#: Characters of a name, a title or an address; what is longer is none.
_LONGEST = 2_000
#: What stands on a page of something else.
_BESIDE = frozenset(
    "Answer BreadcrumbList Comment ImageObject ItemList ListItem Organization Person Review "
    "SearchAction UserComments WebSite".split()
)
_ARTICLES = ("Article", "Posting", "Report", "Recipe", "HowTo", "QAPage")


def things_of(scripts: Iterable[etree._Element]) -> list[Thing]:
    """Every object of the JSON-LD among *scripts*, the outer ones first.

    What is no JSON is passed over.
    """
    found: list[Thing] = []
    left = _LARGEST
    for script in scripts:
        text = script.text or ""
        left -= len(text)
        if left > 0 and "ld+json" in script.get("type", "").lower():
            found += _objects(_read(text))
    return found


def subject_of(things: Iterable[Thing]) -> Thing:
    """The one that the page is: its article, or else what has a headline, an author or a date."""
    best: Thing = {}
    rank = 3
    for thing in things:
        found = _rank(thing)
        if found < rank:
            best, rank = thing, found
    return best


def texts(things: Iterable[Thing], value: object, name: str = "name") -> Iterator[str]:
    """The texts of *value*: of it, of what it lists, of the *name* of the things that it is.

    A thing may stand elsewhere, where its @id says.
    """
    named: dict[str, Thing] = {}
    for each in _listed(value):
        if isinstance(each, str):
            yield from _line(each)
        elif isinstance(each, dict):
            if name not in each and isinstance(each.get("@id"), str):
                named = named or _named(things)
                each = named.get(each["@id"], each)  # noqa: PLW2901  the thing itself
            for text in _listed(each.get(name)):
                yield from _line(text)


def types_of(thing: Thing) -> list[str]:
    """Its types, without their address."""
    kinds = _listed(thing.get("@type"))
    return [kind.rpartition("/")[2] for kind in kinds if isinstance(kind, str)]


def _rank(thing: Thing) -> int:
    types = types_of(thing)
    if any(kind.endswith(_ARTICLES) for kind in types):
        return 0
    if _BESIDE.intersection(types):
        return 3
    # "pubDate" is what Baidu asks for, in data without types.
    known = "author" in thing or "datePublished" in thing or "pubDate" in thing
    return 1 if "headline" in thing else 2 if known else 3


def _named(things: Iterable[Thing]) -> dict[str, Thing]:
    """Things by their @id; the one that says most, for others only refer to it."""
    named: dict[str, Thing] = {}
    for thing in things:
        id = thing.get("@id")
        if isinstance(id, str) and len(thing) > len(named.get(id, ())):
            named[id] = thing
    return named


def _read(text: str) -> object:
    try:
        # Pages break lines inside of texts, which strict JSON forbids.
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _objects(found: object) -> Iterator[Thing]:
    left = deque([(found, 0)])
    while left:
        value, depth = left.popleft()
        inside: Iterable[object] = ()
        if isinstance(value, dict):
            yield value
            inside = value.values()
        elif isinstance(value, list):
            inside = value
        if depth < _DEEPEST:
            left.extend((each, depth + 1) for each in inside if isinstance(each, dict | list))


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _line(value: object) -> Iterator[str]:
    """One line of it, if it is a text; half a surrogate pair, which JSON can say, is none."""
    if isinstance(value, str) and len(value) <= _LONGEST:
        text = one_line(html.unescape(value).encode("utf-8", "ignore").decode("utf-8"))
        if text:
            yield text
