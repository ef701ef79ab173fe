"""Summarizers: each module here is one, found by its name.

A module offers `Settings` (a msgspec Struct) and `connect(settings, surroundings) -> Summarizer`.
Other packages add theirs through the entry-point group `guidang.summarizers`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from msgspec import Struct

from ..kinds import kind_named
from ..markdown import tags_of
from ..model import Anew, Draft, Summary
from ..settings import typed
from ..workers import Workers
from ..writing.purse import Ledger


class Surroundings(Struct, frozen=True, kw_only=True):
    """What a summarizer may use of the daemon."""

    workers: Workers
    secret: Callable[[str], str | None]  #: blocking
    tags: Callable[[], Awaitable[Sequence[str]]]  #: of the library, the most used first
    ledger: Ledger
    templates: Path  #: the folder of the user's own prompts


class Offline(Struct, frozen=True):
    """A summarizer that asks nobody, for a worker that has the draft at hand.

    *write* is pure and can be pickled: draft, language (zh-CN or en) and the library's tags → the
    section.
    """

    name: str
    write: Callable[[Draft, str, Sequence[str]], str]


#: The pieces of a section. The last one may be the Summary, where what they say together is not yet
#: it; what came before Anew is void.
Piece = str | Anew | Summary


class Summarizer(Protocol):
    """Writes the summary section of a note."""

    name: str  #: stands in the note's metadata

    @property
    def offline(self) -> Offline | None:
        """The same for a worker; None for one that asks a service."""
        ...

    def summarize(self, draft: Draft, *, language: str) -> AsyncIterator[Piece]:
        """The section in pieces, as Markdown in *language* (zh-CN or en).

        Raises:
            SummaryError: There will be none; what came before is void.
        """
        ...


def connect(table: dict[str, Any], surroundings: Surroundings) -> Summarizer:
    """The summarizer that the settings' table describes.

    Raises:
        SettingsError: Its kind is unknown, or its settings are not valid.
    """
    module, own = _kind_and_settings(table)
    summarizer: Summarizer = module.connect(own, surroundings)
    return summarizer


def joined(pieces: Sequence[Piece], name: str) -> Summary:
    """What the pieces of the summarizer *name* make together."""
    if isinstance(pieces[-1], Summary):
        return pieces[-1]
    text = ""
    for piece in pieces:
        text = text + piece if isinstance(piece, str) else ""
    return Summary(markdown=text.strip(), tags=tags_of(text), made_by=name)


def check_settings(table: dict[str, Any]) -> None:
    """Refuse a table that its kind does not take.

    Raises:
        SettingsError: As for `connect`.
    """
    _kind_and_settings(table)


def _kind_and_settings(table: dict[str, Any]) -> tuple[ModuleType, Any]:
    module = kind_named(str(table.get("kind", "extract")), __name__, "guidang.summarizers")
    options = {key: value for key, value in table.items() if key != "kind"}
    return module, typed(module.Settings, options, where="the summarizer")
