"""A long text in parts: at its sections, else paragraphs, lines, sentences, characters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from ..markdown.headings import outside_fences
from .tokens import HEAVIEST, UNIT, weight

_HEADING = re.compile(r"#{1,6}[ \t]")
_SENTENCE_END = re.compile(r"[。！？；!?]+[”’」』）)\"']*|\.[”’)\"']*(?=\s)|\s(?=\S{200})")


def split(text: str, room: int) -> list[str]:
    """The parts of *text*, each of at most *room* tokens as `estimate` counts; joined they are it.

    *room* is 4 at least, as one character may have so many. A part is as long as it may be. Fenced
    code and tables are cut inside only where one alone does not fit. Linear in the text.
    """
    parts: list[str] = []
    begun: list[str] = []
    left = room * UNIT
    for piece, size in _pieces(text, room * UNIT, 0):
        if size > left:
            parts.append("".join(begun))
            begun, left = [], room * UNIT
        begun.append(piece)
        left -= size
    return [*parts, "".join(begun)]


def _pieces(text: str, room: int, level: int) -> Iterator[tuple[str, int]]:
    """The largest pieces at the borders of *level* and finer that fit, with their weights."""
    size = weight(text)
    if size <= room:
        yield text, size
    elif level < len(_BORDERS):
        for piece in _at(_BORDERS[level](text), text):
            yield from _pieces(piece, room, level + 1)
    else:
        step = max(1, room // HEAVIEST)
        for begin in range(0, len(text), step):
            yield (piece := text[begin : begin + step]), weight(piece)


def _at(borders: list[int], text: str) -> Iterator[str]:
    for begin, end in pairwise([0, *borders, len(text)]):
        if begin < end:
            yield text[begin:end]


def _sections(text: str) -> list[int]:
    return _lines_where(text, lambda line, _: _HEADING.match(line) is not None)


def _paragraphs(text: str) -> list[int]:
    return _lines_where(text, lambda line, before: bool(line.strip()) and not before.strip())


def _lines_where(text: str, begins: Callable[[str, str], bool]) -> list[int]:
    """Where lines begin that begin something; *begins* gets the line and the one before."""
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    whole = dict(outside_fences(lines))
    # The line that opens a fence is inside of it, and follows one that is not.
    whole |= {at + 1: lines[at + 1] for at in list(whole) if at + 1 < len(lines)}
    return [starts[at] for at in sorted(whole) if at and begins(lines[at], lines[at - 1])]


def _lines(text: str) -> list[int]:
    return [found.end() for found in re.finditer("\n", text)]


def _sentences(text: str) -> list[int]:
    return [found.end() for found in _SENTENCE_END.finditer(text)]


_BORDERS = (_sections, _paragraphs, _lines, _sentences)
