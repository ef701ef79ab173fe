"""What a page says of itself that tells its content: its title and its kind."""

from __future__ import annotations

from msgspec import Struct

from .linked_data import types_of
from .metadata import Told
from .text import one_line


class Claims(Struct, frozen=True):
    """Every text is on one line, or "" where the page does not say."""

    title: str
    shared_title: str  #: the one for links to the page
    kind: str  #: og:type
    types: frozenset[str]  #: of https://schema.org, without the address


def claims_of(told: Told) -> Claims:
    """The claims of a page that has *told* of itself."""
    given = told.given
    return Claims(
        title=next((one_line(title.text or "") for title in told.elements["title"]), ""),
        shared_title=given.get("og:title", ""),
        kind=given.get("og:type", ""),
        types=frozenset(each for thing in told.things for each in types_of(thing)),
    )
