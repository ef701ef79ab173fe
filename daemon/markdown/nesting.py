"""Pieces → tokens: which mark opens in which, and where each ends."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from .marks import CODE, DELIMITERS, Link, Piece


class Mark:
    """One mark from where it opens to where it closes; *bit* 0 is a link."""

    __slots__ = ("at", "bit", "link", "style", "until")

    def __init__(self, bit: int, until: int, link: Link | None = None) -> None:
        self.bit = bit
        self.until = until  #: the number of the first piece behind it
        self.link = link
        self.style = DELIMITERS.get(bit, "")  #: without one it is HTML
        self.at = [0, 0]  #: where its delimiters stand


class Token(NamedTuple):
    """A text, or one end of a mark."""

    text: str = ""
    kind: str = "text"  #: or code, raw, open, close
    mark: Mark | None = None


def nested(pieces: list[Piece], split: int) -> list[Token]:
    """The pieces between the ends of their marks, nested; the marks in *split* end at links."""
    tokens: list[Token] = []
    stack: list[Mark] = []
    reach = _Reach(pieces, split)
    for number, piece in enumerate(pieces):
        _close(tokens, stack, number)
        for mark in _missing(piece, stack, reach, number):
            stack.append(mark)
            tokens.append(Token(kind="open", mark=mark))
        kind = "raw" if piece.raw else "code" if piece.flags & CODE else "text"
        tokens.append(Token(piece.text, kind))
    _close(tokens, stack, len(pieces))
    return tokens


def _close(tokens: list[Token], stack: list[Mark], number: int) -> None:
    keep = next((at for at, mark in enumerate(stack) if mark.until <= number), len(stack))
    while len(stack) > keep:
        tokens.append(Token(kind="close", mark=stack.pop()))


def _missing(piece: Piece, stack: list[Mark], reach: _Reach, number: int) -> list[Mark]:
    """The marks that open before the piece, the longest first."""
    if not piece.flags and not piece.link:
        return []
    present = 0
    linked = False
    for mark in stack:
        present |= mark.bit
        linked = linked or mark.bit == 0
    marks = [Mark(bit, reach.of(bit, number)) for bit in _bits(piece.flags & ~present & ~CODE)]
    if piece.link and not linked:
        marks.insert(0, Mark(0, reach.link_end[number], piece.link))
    marks.sort(key=lambda mark: -mark.until)
    return marks


def _bits(flags: int) -> Iterator[int]:
    while flags:
        bit = flags & -flags
        yield bit
        flags ^= bit


class _Reach:
    """How far each mark goes on from a piece."""

    def __init__(self, pieces: list[Piece], split: int) -> None:
        count = len(pieces)
        self._split = split
        self._ends: dict[int, list[int]] = {}
        self._pieces = pieces
        self.link_end = [count] * count  #: of a piece without one: where the next link begins
        self._link_start = list(range(count))
        for at, (one, other) in enumerate(pairwise(pieces)):
            if one.link == other.link and one.link:
                self._link_start[at + 1] = self._link_start[at]
        for at in range(count - 2, -1, -1):
            same = pieces[at].link == pieces[at + 1].link
            self.link_end[at] = self.link_end[at + 1] if same else at + 1

    def of(self, bit: int, number: int) -> int:
        end = self._end(bit)[number]
        if bit & self._split:
            return min(end, self.link_end[number])
        # A link is never cut in two: what ends inside of it begins there anew.
        if end < len(self._pieces) and self._pieces[end].link:
            start = self._link_start[end]
            return start if number < start < end else end
        return end

    def _end(self, bit: int) -> list[int]:
        if bit not in self._ends:
            count = len(self._pieces)
            ends = [0] * count
            end = count
            for at in range(count - 1, -1, -1):
                if not self._pieces[at].flags & bit:
                    end = at
                ends[at] = end
            self._ends[bit] = ends
        return self._ends[bit]
