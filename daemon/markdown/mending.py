"""What a renderer would make of tokens, and other forms for what it would read wrongly."""

from __future__ import annotations

from itertools import pairwise

from .emphasis import OTHER, PUNCTUATION, SPACE, Delimiter, flanks, kind_of, pairs
from .nesting import Mark, Token


def failed_marks(tokens: list[Token]) -> set[Mark]:
    """The marks whose delimiters would not be seen as their two ends."""
    groups: list[list[tuple[int, Delimiter]]] = [[]]
    marks: list[Mark] = []
    matched: dict[int, int] = {}
    position = 0
    for index, token in enumerate(tokens):
        mark = token.mark
        if mark is not None and mark.bit == 0:
            if token.kind == "open":
                groups.append([])
            else:
                matched |= pairs(groups.pop())
        elif mark is not None and mark.style:
            mark.at[token.kind == "close"] = position
            if token.kind == "open":
                marks.append(mark)
            _put(groups[-1], tokens, index, position)
            position += len(mark.style)
            continue
        position += 1
    matched |= pairs(groups.pop())
    return {mark for mark in marks if not _matches(mark, matched)}


def _put(
    group: list[tuple[int, Delimiter]], tokens: list[Token], index: int, position: int
) -> None:
    """Add the delimiter at *index*; neighbours of one character are one run."""
    mark = tokens[index].mark
    assert mark is not None
    sign, length = mark.style[0], len(mark.style)
    beside = tokens[index - 1].mark if index else None
    if beside is not None and beside.style[:1] == sign and group:
        place, run = group[-1]
        after = _after(tokens, index)
        group[-1] = (place, Delimiter(sign, run.length + length, run.before, after))
    else:
        before, after = _before(tokens, index), _after(tokens, index)
        group.append((position, Delimiter(sign, length, before, after)))


def _matches(mark: Mark, matched: dict[int, int]) -> bool:
    opened, closed = mark.at
    size = len(mark.style)
    return all(matched.get(opened + n) == closed + size - 1 - n for n in range(size))


def _before(tokens: list[Token], index: int) -> str:
    """The character before the token at *index*."""
    return _edge(tokens[index - 1], last=True) if index else ""


def _after(tokens: list[Token], index: int) -> str:
    return _edge(tokens[index + 1], last=False) if index + 1 < len(tokens) else ""


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
            beside = tokens[index + 1 if token.kind == "open" else index - 1].mark
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
    moved: list[Token] = []
    stuck = set(failed)
    rest = tokens.copy()
    empty = {_on_signs_alone(tokens, index) for index in range(len(tokens))} & stuck
    if empty:
        return [token for token in tokens if token.mark is None or token.mark not in empty]
    # Brackets and quotation marks come in pairs: what moves at one end moves at the other.
    unread = _never_read(tokens, failed) or failed
    tight = {token.mark for at, token in enumerate(tokens) if _is_tight(tokens, at)} & unread
    for index, token in enumerate(tokens):
        if token.mark not in failed:
            moved.append(rest[index])
            continue
        beside = tokens[index + 1 if token.kind == "open" else index - 1].mark
        if beside in failed:
            stuck.discard(token.mark)  # the inner one comes first
        if beside in failed or token.mark not in tight:
            moved.append(token)
            continue
        if token.kind == "open":
            out, inside = _edge_marks(rest[index + 1], last=False)
            if out:
                moved.append(Token(out))
                rest[index + 1] = Token(inside)
            moved.append(token)
        else:
            out, inside = _edge_marks(moved[-1], last=True)
            if out:
                moved[-1] = Token(inside)
            moved += [token, Token(out)] if out else [token]
        if out:
            stuck.discard(token.mark)
    if len(stuck) == len(failed):  # else, those that moved may have been what was in their way
        for mark in _never_read(tokens, stuck) or stuck:
            mark.style = ""
    return [token for token in moved if token.text or token.mark is not None]


def _never_read(tokens: list[Token], stuck: set[Mark]) -> set[Mark]:
    """Those of *stuck* that fail by what stands beside them, and not by another mark."""
    found = set()
    for index, token in enumerate(tokens):
        mark = token.mark
        if mark is not None and mark in stuck and mark.style:
            sides = _beside_run(tokens, index, -1), _beside_run(tokens, index, 1)
            turns = flanks(mark.style[0], *sides)
            if not turns[token.kind == "close"]:
                found.add(mark)
    return found


def _beside_run(tokens: list[Token], index: int, step: int) -> str:
    """The character beside the run of delimiters that the one at *index* is in."""
    mark = tokens[index].mark
    sign = mark.style[:1] if mark is not None else ""
    at = index + step
    while (
        0 <= at < len(tokens) and (mark := tokens[at].mark) is not None and mark.style[:1] == sign
    ):
        at += step
    return _edge(tokens[at], last=step < 0) if 0 <= at < len(tokens) else ""


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
