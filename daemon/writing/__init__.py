"""Summaries by a model: what all services that offer one have in common.

A summarizer is a `Model` with this around it: the prompt, the parts of a long page, the look at the
answer, and the bounds of what it may cost.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Protocol

from msgspec import Struct

from ..model import Anew, Draft, Summary


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


class Wishes(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What any service is asked for; its own settings come beside these."""


class Written:
    """A summarizer on a model. To be replaced by the one that splits, checks and pays."""

    offline = None

    def __init__(
        self,
        model: Model,
        wishes: Wishes,
        *,
        tags: Callable[[], Awaitable[Sequence[str]]],
        ledger: Any,
    ) -> None:
        self.name = model.name
        self._model = model

    async def summarize(
        self, draft: Draft, *, language: str
    ) -> AsyncIterator[str | Anew | Summary]:
        text, usage = "", Usage()
        prompt = Prompt(f"Summarize in {language}.", f"{draft.title}\n\n{draft.markdown}")
        async for piece in self._model.ask(prompt, most=1_000):
            if isinstance(piece, Usage):
                usage = piece
                continue
            text = text + piece if isinstance(piece, str) else ""
            yield piece
        yield Summary(
            markdown=text.strip(),
            made_by=self.name,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
        )
