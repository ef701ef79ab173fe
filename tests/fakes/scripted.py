"""A model whose answers are written beforehand, and which checks what it is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence

from daemon.errors import SummaryError
from daemon.model import Anew
from daemon.writing import Prompt, Usage, estimate

#: An answer: its pieces, of which the last may be a Usage, or the error that it ends in.
Script = Sequence[str | Anew | Usage | SummaryError] | str


class Scripted:
    """Gives one answer after the other, or what a function makes of the prompt.

    A prompt that does not fit into its window, or has what has no bytes in it, is a fault of who
    asks, and fails the test.
    """

    name = "scripted-1"

    def __init__(
        self,
        *answers: Script,
        otherwise: Callable[[Prompt], Script] | None = None,
        window: int = 200_000,
        takes: int | None = None,
    ) -> None:
        self.window = window
        self.prompts: list[Prompt] = []
        self.most: list[int] = []
        self.counted = 0
        self.closed = 0
        self._answers = list(answers)
        self._otherwise = otherwise
        self._takes = takes

    async def count(self, prompt: Prompt) -> int:
        self.counted += 1
        return tokens(prompt)

    async def ask(self, prompt: Prompt, *, most: int) -> AsyncIterator[str | Anew | Usage]:
        (prompt.system + prompt.text).encode()
        assert "\0" not in prompt.text
        assert prompt.system
        assert most > 0
        assert tokens(prompt) + most <= self.window, "it does not fit"
        self.prompts.append(prompt)
        self.most.append(most)
        if self._takes is not None and tokens(prompt) > self._takes:
            raise SummaryError("prompt-too-long", "The prompt is too long.")
        try:
            async for piece in self._said(prompt):
                yield piece
        finally:
            self.closed += 1

    async def _said(self, prompt: Prompt) -> AsyncIterator[str | Anew | Usage]:
        script = self._answers.pop(0) if self._answers else None
        if script is None:
            assert self._otherwise, "it is asked more often than it has answers"
            script = self._otherwise(prompt)
        said, usage = "", None
        for piece in [script] if isinstance(script, str) else script:
            if isinstance(piece, SummaryError):
                raise piece
            if isinstance(piece, Usage):
                usage = piece
                break
            said = said + piece if isinstance(piece, str) else ""
            yield piece
        yield usage or Usage(tokens(prompt), estimate(said))


def tokens(prompt: Prompt) -> int:
    """The tokens of a prompt, as this service counts them."""
    return (len(prompt.system) + len(prompt.text)) // 5
