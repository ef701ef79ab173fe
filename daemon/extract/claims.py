"""What a page says of itself that tells its content: its title, its teaser, its text."""

from __future__ import annotations

from msgspec import Struct

from .linked_data import types_of
from .metadata import Told
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


def claims_of(told: Told) -> Claims:
    """The claims of a page that has *told* of itself."""
    given = told.given
    texts = (thing.get(name) for thing in told.things for name in ("articleBody", "text"))
    return Claims(
        title=next((one_line(title.text or "") for title in told.elements["title"]), ""),
        shared_title=given.get("og:title", ""),
        description=given.get("og:description") or given.get("description") or "",
        kind=given.get("og:type", ""),
        types=frozenset(each for thing in told.things for each in types_of(thing)),
        bodies=tuple(text for text in texts if isinstance(text, str) and len(text) > _BODY),
    )
