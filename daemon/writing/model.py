"""A model of a service, and what passes between it and us."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from msgspec import Struct

from ..model import Anew


class Prompt(Struct, frozen=True):
    """What a model is asked."""

    system: str
    text: str


class Usage(Struct, frozen=True):
    """What an answer took, in tokens."""

    input_tokens: int = 0
    output_tokens: int = 0
    cut: bool = False  #: it ended because it was as long as it might be


class Model(Protocol):
    """A model of a service."""

    name: str  #: as it stands in the note
    window: int  #: tokens that a prompt and its answer may have together

    async def count(self, prompt: Prompt) -> int:
        """The tokens of a prompt, by the service or estimated."""
        ...

    def ask(self, prompt: Prompt, *, most: int) -> AsyncIterator[str | Anew | Usage]:
        """The answer as it is written, of *most* tokens; the last piece is its Usage.

        Raises:
            SummaryError: There is none; what came before is void. "prompt-too-long" when the
                service does not take a prompt of this length.
        """
        ...
