"""What models think aloud before they answer, taken out of the stream."""

from __future__ import annotations

import re

_OPENING = re.compile(r"\s*<(think|thinking|thought)>")
_MAY_OPEN = re.compile(r"\s*(?:<[a-z]{0,8})?")


class Thoughts:
    """Takes pieces of an answer and gives back those that are no thoughts (`<think>…</think>`).

    Thoughts that never end are all there is.
    """

    def __init__(self) -> None:
        self._held = ""
        self._end = ""
        self._answers = False

    def without(self, piece: str) -> str:
        """What *piece* adds to the answer itself."""
        if self._answers:
            return piece
        self._held += piece
        while end := self._end or self._opened():
            before, found, after = self._held.partition(end)
            self._end = "" if found else end
            self._held = after if found else before[-len(end) :]
            if not found:
                return ""
        return "" if _MAY_OPEN.fullmatch(self._held) else self.rest()

    def rest(self) -> str:
        """What is held back at the end, where it is no thought."""
        self._answers = True
        held, self._held = self._held, ""
        return "" if self._end else held

    def _opened(self) -> str:
        """What will end the thought that begins here, if one does."""
        opened = _OPENING.match(self._held)
        return f"</{opened[1]}>" if opened else ""
