"""Which delimiters CommonMark sees as emphasis (spec 0.31, section 6.2 and its appendix).

The pieces of a line are put through the same rules as in a renderer, so that what is written is
known to be read as it was meant.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

SPACE, PUNCTUATION, SYMBOL, OTHER = range(4)


@lru_cache(4096)
def kind_of(character: str) -> int:
    """What a delimiter next to *character* takes it for; the edge of a line is space.

    Symbols beyond ASCII are punctuation since 0.31 alone, and other characters before.
    """
    if not character or character.isspace():
        return SPACE
    category = unicodedata.category(character)[0]
    if category == "P" or (category == "S" and character < "\x80"):
        return PUNCTUATION
    return SYMBOL if category == "S" else OTHER


class Delimiter:
    """A run of one character that may open or close emphasis."""

    __slots__ = ("before", "closes", "left", "length", "mark", "opens")

    def __init__(self, mark: str, length: int, before: str, after: str, symbols: int) -> None:
        self.mark = mark
        self.before = before
        self.length = self.left = length
        self.opens, self.closes = flanks(mark, before, after, symbols)


def flanks(mark: str, before: str, after: str, symbols: int) -> tuple[bool, bool]:
    """Whether a run of *mark* between two characters may open, and may close.

    *symbols* says what symbols are taken for: PUNCTUATION or OTHER.
    """
    one, other = kind_of(before), kind_of(after)
    one = symbols if one == SYMBOL else one
    other = symbols if other == SYMBOL else other
    lefts, rights = _turns(one, other), _turns(other, one)
    if mark != "_":
        return lefts, rights
    return (
        lefts and (not rights or one == PUNCTUATION),
        rights and (not lefts or other == PUNCTUATION),
    )


def _turns(outside: int, inside: int) -> bool:
    """Whether a delimiter between the two turns towards *inside*."""
    return inside == OTHER or (inside == PUNCTUATION and outside != OTHER)


def pairs(delimiters: list[tuple[int, Delimiter]]) -> dict[int, int]:
    """Which delimiters match, by their positions: one for each character of a run.

    A position names a run's first character.
    """
    matched: dict[int, int] = {}
    openers: list[tuple[int, Delimiter]] = []
    for place, closer in delimiters:
        while closer.left and closer.closes and (found := _opener(openers, closer)) is not None:
            at, opener = openers[found]
            del openers[found + 1 :]
            size = 2 if closer.left > 1 and opener.left > 1 else 1
            opener.left -= size
            start, end = at + opener.left, place + closer.length - closer.left
            matched |= {start + step: end + size - 1 - step for step in range(size)}
            closer.left -= size
            if not opener.left:
                openers.pop()
        if closer.left and closer.opens:
            # What it has closed with are its first characters.
            openers.append((place + closer.length - closer.left, closer))
    return matched


def _opener(openers: list[tuple[int, Delimiter]], closer: Delimiter) -> int | None:
    """The nearest run that *closer* may close: the rules 9 and 10 about multiples of three."""
    for found in range(len(openers) - 1, -1, -1):
        opener = openers[found][1]
        if opener.mark != closer.mark:
            continue
        if closer.mark == "~":
            return found if opener.left == closer.left else None
        both = (opener.opens and opener.closes) or (closer.opens and closer.closes)
        total = opener.length + closer.length
        if not both or total % 3 or (opener.length % 3 == 0 and closer.length % 3 == 0):
            return found
    return None
