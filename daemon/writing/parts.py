"""A long text in parts: at its sections, else paragraphs, lines, sentences, characters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from ..markdown.headings import outside_fences
from .tokens import MOST_OF_A_CHARACTER, estimate

_HEADING = re.compile(r"#{1,6}[ \t]")
_SENTENCE_END = re.compile(r"[。！？；!?]+[”’」』）)\"']*|\.[”’)\"']*(?=\s)|\s(?=\S{200})")


def split(text: str, room: int) -> list[str]:
    """The parts of *text*, each of at most *room* tokens as `estimate` counts; joined they are it.

    A part is as long as it may be. Fenced code and tables are cut inside only where one alone does
    not fit. Linear in the text.
    """
    parts: list[str] = []
    begun: list[str] = []
    left = room
    for piece, size in _pieces(text, room, 0):
        if size > left:
            parts.append("".join(begun))
            begun, left = [], room
        begun.append(piece)
        left -= size
    return [*parts, "".join(begun)]


def _pieces(text: str, room: int, level: int) -> Iterator[tuple[str, int]]:
    """The largest pieces at the borders of *level* and finer that fit, with their tokens."""
    size = estimate(text)
    if size <= room:
        yield text, size
        return
    for piece in _at(_BORDERS[level](text), text) if level < len(_BORDERS) else _even(text, room):
        if level < len(_BORDERS):
            yield from _pieces(piece, room, level + 1)
        else:
            yield piece, estimate(piece)


def _at(borders: list[int], text: str) -> Iterator[str]:
    for begin, end in pairwise([0, *borders, len(text)]):
        if begin < end:
            yield text[begin:end]


def _even(text: str, room: int) -> Iterator[str]:
    step = max(1, int(room / MOST_OF_A_CHARACTER))
    return (text[begin : begin + step] for begin in range(0, len(text), step))


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
    found = outside_fences(lines)
    return [starts[at] for at, line in found if at and begins(line, lines[at - 1])]


def _lines(text: str) -> list[int]:
    return [found.end() for found in re.finditer("\n", text)]


def _sentences(text: str) -> list[int]:
    return [found.end() for found in _SENTENCE_END.finditer(text)]


_BORDERS = (_sections, _paragraphs, _lines, _sentences)
