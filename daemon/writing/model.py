"""A model of a service, and what passes between it and us."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Protocol

from msgspec import Struct

from ..model import Anew

#: Characters of a name that a service gives.
_LONGEST_NAME = 100
#: What names of models are not written with; among it what is markup, or begins a link.
_NO_NAME = re.compile(r"[^\w ./:@+-]|(?<=/)/")


class Prompt(Struct, frozen=True):
    """What a model is asked."""

    system: str
    text: str


class Usage(Struct, frozen=True):
    """What an answer took, in tokens."""

    input_tokens: int = 0
    output_tokens: int = 0
    cut: bool = False  #: it ended because it was as long as it might be
    model: str = ""  #: that answered, where the service names another than was asked


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


def named(asked: str, told: str) -> str:
    """The model that was *asked*, and behind it the one that a service has *told* if it is another.

    Services rewrite names: an alias stands for a version, a router chooses. What they tell is not
    trusted: it becomes one short line without markup, and never takes the place of our own name.
    """
    name = " ".join(_NO_NAME.sub(" ", " ".join(told.split())[: 2 * _LONGEST_NAME]).split())
    name = name[:_LONGEST_NAME].strip(" _./:@+-")
    return asked if name in {"", asked} else f"{asked} ({name})"
