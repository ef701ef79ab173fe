"""What a renderer would make of tokens, and other forms for what it would read wrongly."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from .emphasis import OTHER, PUNCTUATION, SPACE, SYMBOL, Delimiter, flanks, kind_of, pairs
from .nesting import Mark, Token


class Reading(NamedTuple):
    """Where renderers do not agree on what stands beside a delimiter."""

    symbols: int  #: what symbols beyond ASCII are taken for, as in `flanks`
    skips: bool  #: cmark-gfm, and with it GitHub, looks through `~~` beside stars and underscores


_READINGS = (Reading(PUNCTUATION, False), Reading(OTHER, False), Reading(OTHER, True))


def failed_marks(tokens: list[Token]) -> set[Mark]:
    """The marks whose delimiters would not be seen as their two ends, by every renderer."""
    failed: set[Mark] = set()
    for reading in _readings(tokens):
        failed |= _failed(tokens, reading)
    return failed


def _readings(tokens: list[Token]) -> tuple[Reading, ...]:
    """Those that could make a difference."""
    if any(_is_struck(token) for token in tokens):
        return _READINGS
    sides = (_edge(token, last=last) for token in tokens for last in (False, True))
    return _READINGS[:2] if any(kind_of(side) == SYMBOL for side in sides) else _READINGS[:1]


def _is_struck(token: Token) -> bool:
    return token.mark is not None and token.mark.style == "~~"


def _failed(tokens: list[Token], reading: Reading) -> set[Mark]:
    groups: list[list[tuple[int, Delimiter]]] = [[]]
    marks: list[Mark] = []
    matched: dict[int, int] = {}
    position = 0
    for index, token in enumerate(tokens):
        mark = token.mark
        if mark is not None and mark.style:
            if token.kind == "open":
                marks.append(mark)
            mark.at[token.kind == "close"] = position
            _put(groups[-1], tokens, index, position, reading)
        elif mark is not None and mark.bit == 0 and token.kind == "open":
            groups.append([])
        elif mark is not None and mark.bit == 0:
            matched |= pairs(groups.pop())
        position += len(mark.style) if mark is not None and mark.style else 1
    matched |= pairs(groups.pop())
    return {mark for mark in marks if not _matches(mark, matched)}


def _put(
    group: list[tuple[int, Delimiter]],
    tokens: list[Token],
    index: int,
    position: int,
    reading: Reading,
) -> None:
    """Add the delimiter at *index*; neighbours of one character are one run."""
    mark = tokens[index].mark
    assert mark is not None
    sign, length = mark.style[0], len(mark.style)
    after = _side(tokens, index, 1, reading)
    beside = tokens[index - 1].mark if index else None
    if beside is not None and beside.style[:1] == sign and group:
        place, run = group[-1]
        group[-1] = (
            place,
            Delimiter(sign, run.length + length, run.before, after, reading.symbols),
        )
    else:
        before = _side(tokens, index, -1, reading)
        group.append((position, Delimiter(sign, length, before, after, reading.symbols)))


def _matches(mark: Mark, matched: dict[int, int]) -> bool:
    opened, closed = mark.at
    size = len(mark.style)
    return all(matched.get(opened + n) == closed + size - 1 - n for n in range(size))


def _side(tokens: list[Token], index: int, step: int, reading: Reading) -> str:
    """The character before (*step* -1) or after (1) the delimiter at *index*."""
    at = index + step
    skips = reading.skips and not _is_struck(tokens[index])
    while skips and 0 <= at < len(tokens) and _is_struck(tokens[at]):
        at += step
    return _edge(tokens[at], last=step < 0) if 0 <= at < len(tokens) else ""


def _edge(token: Token, *, last: bool) -> str:
    if token.kind == "code":
        return "`"
    mark = token.mark
    if mark is None:
        return token.text[-1 if last else 0]
    if mark.bit == 0:
        return "[" if token.kind == "open" else ")" if last else "]"
    return mark.style[0] if mark.style else ">" if last else "<"


def at_links(tokens: list[Token], failed: set[Mark]) -> int:
    """Those that begin or end with a link, and could stand inside of it as well."""
    found = 0
    for index, token in enumerate(tokens):
        if token.mark is not None and token.mark in failed:
            beside = _beside(tokens, index)
            if beside is not None and beside.bit == 0:
                found |= token.mark.bit
    return found


def turned(tokens: list[Token], failed: set[Mark]) -> bool:
    """Whether italics that touch other stars were given underscores."""
    turned = False
    for token, other in pairwise(tokens):
        if token.kind == "close" and other.kind == "open":
            for mark in (token.mark, other.mark):
                if mark is not None and mark in failed and mark.style == "*":
                    mark.style = "_"
                    turned = True
                    break
    return turned


def moved_out(tokens: list[Token], failed: set[Mark]) -> list[Token]:
    """The tokens with the punctuation at the edge of what failed outside of it, or as HTML."""
    empty = {_on_signs_alone(tokens, index) for index in range(len(tokens))} & failed
    if empty:
        return [token for token in tokens if token.mark is None or token.mark not in empty]
    # Brackets and quotation marks come in pairs: what moves at one end moves at the other.
    unread = _never_read(tokens, failed) or failed
    tight = {token.mark for at, token in enumerate(tokens) if _is_tight(tokens, at)} & unread
    inner = {token.mark for at, token in enumerate(tokens) if _beside(tokens, at) in failed}
    moved, freed = _signs_moved(tokens, tight, failed)
    stuck = failed - freed - inner
    if len(stuck) == len(failed):  # else, those that moved may have been what was in their way
        for mark in _never_read(tokens, stuck) or stuck:
            mark.style = ""
    return [token for token in moved if token.text or token.mark is not None]


def _signs_moved(
    tokens: list[Token], tight: set[Mark | None], failed: set[Mark]
) -> tuple[list[Token], set[Mark | None]]:
    """The tokens with the punctuation inside of *tight* marks outside, and which had any.

    Of two marks that begin or end together the inner one comes first.
    """
    moved: list[Token] = []
    freed: set[Mark | None] = set()
    rest = tokens.copy()
    for index, token in enumerate(tokens):
        if token.mark not in tight or _beside(tokens, index) in failed:
            moved.append(rest[index])
            continue
        opens = token.kind == "open"
        out, inside = _edge_marks(rest[index + 1] if opens else moved[-1], last=not opens)
        if not out:
            moved.append(token)
            continue
        freed.add(token.mark)
        if opens:
            rest[index + 1] = Token(inside)
            moved += [Token(out), token]
        else:
            moved[-1] = Token(inside)
            moved += [token, Token(out)]
    return moved, freed


def _beside(tokens: list[Token], index: int) -> Mark | None:
    """The mark that begins or ends together with the one at *index*, inside of it."""
    if tokens[index].mark is None:
        return None
    return tokens[index + 1 if tokens[index].kind == "open" else index - 1].mark


def _never_read(tokens: list[Token], stuck: set[Mark]) -> set[Mark]:
    """Those of *stuck* that fail by what stands beside them, and not by another mark."""
    return {
        token.mark
        for index, token in enumerate(tokens)
        if token.mark is not None
        and token.mark in stuck
        and token.mark.style
        and not all(_turns(tokens, index, reading) for reading in _READINGS)
    }


def _turns(tokens: list[Token], index: int, reading: Reading) -> bool:
    """Whether the run of delimiters that the one at *index* is in turns as that one has to."""
    mark = tokens[index].mark
    sign = mark.style[0] if mark is not None else ""
    before = _side(tokens, _run_end(tokens, index, -1), -1, reading)
    after = _side(tokens, _run_end(tokens, index, 1), 1, reading)
    return flanks(sign, before, after, reading.symbols)[tokens[index].kind == "close"]


def _run_end(tokens: list[Token], index: int, step: int) -> int:
    """The last of the delimiters of one character that touch the one at *index*."""
    mark = tokens[index].mark
    sign = mark.style[:1] if mark is not None else ""
    at = index
    while 0 <= at + step < len(tokens):
        beside = tokens[at + step].mark
        if beside is None or beside.style[:1] != sign:
            break
        at += step
    return at


def _on_signs_alone(tokens: list[Token], index: int) -> Mark | None:
    """The mark that opens here, where it is around nothing but punctuation and cannot be seen."""
    mark = tokens[index].mark
    if tokens[index].kind != "open" or mark is None or index + 2 >= len(tokens):
        return None
    inside, closing = tokens[index + 1], tokens[index + 2]
    if inside.kind != "text" or closing.mark is not mark or mark.style == "":
        return None
    return mark if all(kind_of(letter) != OTHER for letter in inside.text) else None


def _is_tight(tokens: list[Token], index: int) -> bool:
    """Whether a letter stands outside of the end of a mark, behind those of others."""
    if tokens[index].mark is None:
        return False
    step = -1 if tokens[index].kind == "open" else 1
    at = index + step
    while 0 <= at < len(tokens) and (mark := tokens[at].mark) is not None and mark.style:
        at += step
    edge = _edge(tokens[at], last=step < 0) if 0 <= at < len(tokens) else ""
    return kind_of(edge) not in {SPACE, PUNCTUATION}


def _edge_marks(token: Token, *, last: bool) -> tuple[str, str]:
    """The punctuation at an edge of a text, and the rest."""
    if token.kind != "text":
        return "", ""
    text = token.text[::-1] if last else token.text
    count = next((n for n, letter in enumerate(text) if kind_of(letter) == OTHER), len(text))
    out, inside = text[:count], text[count:]
    return (out[::-1], inside[::-1]) if last else (out, inside)
