"""The events of a streamed answer → its text, and what it took.

Events: https://docs.anthropic.com/en/docs/build-with-claude/streaming. They are read leniently, as
services leave out what they have not: what is not known here is nothing, but a value of the wrong
type is an answer that is broken.
"""

from __future__ import annotations

import codecs
from typing import Any

from msgspec import Struct

from ...decoding import converted
from ...writing import Usage


class _Tokens(Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None

    @property
    def read(self) -> int:
        """Of the prompt; those that a service kept from an earlier one stand apart."""
        kept = (self.cache_creation_input_tokens or 0) + (self.cache_read_input_tokens or 0)
        return (self.input_tokens or 0) + kept


class _Details(Struct):
    explanation: str | None = None


class _Part(Struct):
    """What a block begins with, or what is added to one or to the message."""

    type: str | None = None
    text: str | None = None
    stop_reason: str | None = None
    stop_details: _Details | None = None


class _Message(Struct):
    model: str | None = None
    usage: _Tokens | None = None


class _Event(Struct):
    type: str
    message: _Message | None = None
    content_block: _Part | None = None
    delta: _Part | None = None
    usage: _Tokens | None = None


class Answer:
    """An answer of the model that was *asked*, as far as it has come."""

    def __init__(self, asked: str) -> None:
        self.stop: str | None = None  #: why it ended
        self.explanation = ""  #: of a refusal
        self.begun = False  #: an event came
        self.ended = False  #: the last event came
        self.text = ""
        self._asked = asked
        self._model = asked
        self._read = 0
        self._wrote = 0
        # A character may be split over two events as surrogates; a lone one has no bytes.
        self._characters = codecs.getincrementaldecoder("utf-16-le")("replace")

    def take(self, event: Any) -> str:
        """The text that *event* (as JSON values) adds.

        Raises:
            msgspec.ValidationError: It is no event of this API.
        """
        found = converted(event, _Event)
        self.begun = True
        self._count(found)
        if found.message:
            self._model = found.message.model or self._model
        match found.type:
            case "content_block_start":
                return self._added(found.content_block, "text")
            case "content_block_delta":
                return self._added(found.delta, "text_delta")
            case "message_delta" if found.delta:
                self.stop = found.delta.stop_reason or self.stop
                if found.delta.stop_details:
                    self.explanation = found.delta.stop_details.explanation or ""
            case "message_stop":
                self.ended = True
        return ""

    def usage(self, prompt: int, answer: int) -> Usage:
        """What it took; *prompt* and *answer* where the service does not say."""
        return Usage(
            input_tokens=self._read or prompt,
            output_tokens=self._wrote or answer,
            cut=self.stop == "max_tokens",
            model="" if self._model == self._asked else self._model,
        )

    def _added(self, part: _Part | None, kind: str) -> str:
        if part is None or part.type != kind:
            return ""
        units = (part.text or "").encode("utf-16-le", "surrogatepass")
        added = self._characters.decode(units).replace("\0", "")
        self.text += added
        return added

    def _count(self, event: _Event) -> None:
        for tokens in (event.message and event.message.usage, event.usage):
            if tokens:
                self._read = tokens.read or self._read
                self._wrote = tokens.output_tokens or self._wrote
