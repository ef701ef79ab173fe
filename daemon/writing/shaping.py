"""What is handed to a worker with an answer, and what comes back; no parser is loaded for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from .page import Page

Flaw = Literal["empty", "json", "form", "language"]  #: what is wrong with an answer


class Asked(Struct, frozen=True, kw_only=True):
    """What an answer is measured against."""

    page: Page
    language: str  #: of the headings: zh-CN or en
    own: bool  #: it answers the user's own prompt, whose form nobody knows
    strange: bool  #: it may be in any language
    tags: Sequence[str]  #: of the library
    most_tags: int
    cut: bool = False  #: it breaks off


class Shaped(Struct, frozen=True):
    """An answer in its form."""

    markdown: str
    tags: tuple[str, ...]


def shaped(answer: str, asked: Asked) -> Shaped | Flaw:
    """The section that *answer* makes, or why it makes none. Runs in a worker."""
    from .form import section_of  # noqa: PLC0415  loads parsers: only in workers

    return section_of(answer, asked)
