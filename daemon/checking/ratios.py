"""Doublings and halvings that an article tells by both amounts: from 4.5 to 9 million."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .readings import PLAIN, Found
from .units import PERCENT

#: Amounts of one sentence that are looked at for one.
_FOLLOWING = 3
_SENTENCE_ENDS = re.compile(r"[。！？!?\n\x00]|\.\s")
_BEFORE = re.compile(
    r"(?:\b(?:from|(?<!no more )(?<!no less )(?<!not more )than|against|compared with|compared to"
    r"|versus)|由|从|较|比)\D{0,8}$"
)
#: Of plain numbers, for one is the half of two in many sentences.
_LEAST = 5
_NEAR = 0.03


class Ratios:
    """How many times larger the later of two amounts is, for questions."""

    def __init__(self, found: list[Found], text: str) -> None:
        self._ratios = sorted(_ratios(sorted(found, key=lambda one: one.start), text))

    def has(self, ratio: float) -> bool:
        return any(abs(own / ratio - 1) <= _NEAR for own in self._ratios)


def _ratios(found: list[Found], text: str) -> Iterator[float]:
    for at, one in enumerate(found):
        for other in found[at + 1 : at + 1 + _FOLLOWING]:
            if _SENTENCE_ENDS.search(text, one.end, other.start) or other.start - one.end > 60:
                break
            earlier, later = (other, one) if _is_before(other, text) else (one, other)
            yield from _between(earlier, later)


def _is_before(one: Found, text: str) -> bool:
    return _BEFORE.search(text, max(0, one.start - 24), one.start) is not None


def _between(earlier: Found, later: Found) -> Iterator[float]:
    for old in earlier.readings:
        for new in later.readings:
            same = old.dimension == new.dimension != PERCENT
            if same and old.value and min(abs(old.value), abs(new.value)) >= _least(old.dimension):
                yield new.value / old.value


def _least(dimension: str) -> float:
    return _LEAST if dimension in PLAIN else 0.0
