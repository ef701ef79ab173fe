"""Marks around the pieces of a line: which opens in which, and how each is written."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from .emphasis import OTHER, PUNCTUATION, SPACE, Delimiter, kind_of, pairs
from .escape import code_span, escape, has_math

#: What may be on a piece, from the outermost where two begin and end together.
EM, STRONG, DEL, INS, UNDERLINE, MARK, QUOTED, SUB, SUP, KBD, CODE = (1 << n for n in range(11))
_DELIMITERS = {EM: "*", STRONG: "**", DEL: "~~"}
_TAGS = {
    EM: "em",
    STRONG: "strong",
    DEL: "del",
    INS: "ins",
    UNDERLINE: "u",
    MARK: "mark",
    QUOTED: "q",
    SUB: "sub",
    SUP: "sup",
    KBD: "kbd",
}
#: Attempts to mend what would not be read as it was meant, before all of it becomes HTML.
_ATTEMPTS = 8


class Link(NamedTuple):
    """Where a piece leads; both parts as Markdown."""

    target: str
    title: str = ""


class Piece(NamedTuple):
    """A text inside the same marks."""

    text: str
    flags: int
    link: Link | None
    raw: bool  #: already Markdown


class _Mark:
    """One mark from where it opens to where it closes; *bit* 0 is a link."""

    __slots__ = ("at", "bit", "link", "style", "until")

    def __init__(self, bit: int, until: int, link: Link | None = None) -> None:
        self.bit = bit
        self.until = until  #: the number of the first piece behind it
        self.link = link
        self.style = _DELIMITERS.get(bit, "")  #: without one it is HTML
        self.at = [0, 0]  #: where its delimiters stand


class _Token(NamedTuple):
    """A text, or one end of a mark."""

    text: str = ""
    kind: str = "text"  #: or code, raw, open, close
    mark: _Mark | None = None


def written(pieces: list[Piece]) -> str:
    """The pieces as Markdown."""
    math = has_math("".join(piece.text for piece in pieces if not piece.raw))
    if not any(piece.flags or piece.link for piece in pieces):
        return "".join(p.text if p.raw else escape(p.text, math=math) for p in pieces)
    split = 0
    tokens = _tokens(pieces, split)
    for _ in range(_ATTEMPTS):
        failed = _failed(tokens)
        if not failed:
            break
        if at_links := _at_links(tokens, failed) & ~split:
            split |= at_links
            tokens = _tokens(pieces, split)
        elif not _turned(tokens, failed):
            tokens = _moved(tokens, failed)
    else:
        for mark in _failed(tokens):
            mark.style = ""
        while failed := _failed(tokens):
            for mark in failed:
                mark.style = ""
    return "".join(_shown(tokens, math))


# Pieces → tokens.


def _tokens(pieces: list[Piece], split: int) -> list[_Token]:
    """The pieces between the ends of their marks, nested; the marks in *split* end at links."""
    tokens: list[_Token] = []
    stack: list[_Mark] = []
    reach = _Reach(pieces, split)
    for number, piece in enumerate(pieces):
        _close(tokens, stack, number)
        for mark in _missing(piece, stack, reach, number):
            stack.append(mark)
            tokens.append(_Token(kind="open", mark=mark))
        kind = "raw" if piece.raw else "code" if piece.flags & CODE else "text"
        tokens.append(_Token(piece.text, kind))
    _close(tokens, stack, len(pieces))
    return tokens


def _close(tokens: list[_Token], stack: list[_Mark], number: int) -> None:
    keep = next((at for at, mark in enumerate(stack) if mark.until <= number), len(stack))
    while len(stack) > keep:
        tokens.append(_Token(kind="close", mark=stack.pop()))


def _missing(piece: Piece, stack: list[_Mark], reach: _Reach, number: int) -> list[_Mark]:
    """The marks that open before the piece, the longest first."""
    if not piece.flags and not piece.link:
        return []
    present = 0
    linked = False
    for mark in stack:
        present |= mark.bit
        linked = linked or mark.bit == 0
    marks = [_Mark(bit, reach.of(bit, number)) for bit in _bits(piece.flags & ~present & ~CODE)]
    if piece.link and not linked:
        marks.insert(0, _Mark(0, reach.link_end[number], piece.link))
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


# What a renderer would make of them.


def _failed(tokens: list[_Token]) -> list[_Mark]:
    """The marks whose delimiters would not be seen as their two ends."""
    groups: list[list[tuple[int, Delimiter]]] = [[]]
    marks: list[_Mark] = []
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
    return [mark for mark in marks if not _matches(mark, matched)]


def _put(
    group: list[tuple[int, Delimiter]], tokens: list[_Token], index: int, position: int
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


def _matches(mark: _Mark, matched: dict[int, int]) -> bool:
    opened, closed = mark.at
    size = len(mark.style)
    return all(matched.get(opened + n) == closed + size - 1 - n for n in range(size))


def _before(tokens: list[_Token], index: int) -> str:
    """The character before the token at *index*."""
    return _edge(tokens[index - 1], last=True) if index else ""


def _after(tokens: list[_Token], index: int) -> str:
    return _edge(tokens[index + 1], last=False) if index + 1 < len(tokens) else ""


def _edge(token: _Token, *, last: bool) -> str:
    if token.kind == "code":
        return "`"
    mark = token.mark
    if mark is None:
        return token.text[-1 if last else 0]
    if mark.bit == 0:
        return "[" if token.kind == "open" else ")" if last else "]"
    return mark.style[0] if mark.style else ">" if last else "<"


# Mending.


def _at_links(tokens: list[_Token], failed: list[_Mark]) -> int:
    """Those that begin or end with a link, and could stand inside of it as well."""
    found = 0
    for index, token in enumerate(tokens):
        if token.mark is not None and token.mark in failed:
            beside = tokens[index + 1 if token.kind == "open" else index - 1].mark
            if beside is not None and beside.bit == 0:
                found |= token.mark.bit
    return found


def _turned(tokens: list[_Token], failed: list[_Mark]) -> bool:
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


def _moved(tokens: list[_Token], failed: list[_Mark]) -> list[_Token]:
    """The tokens with the punctuation at the edge of what failed outside of it, or as HTML."""
    moved: list[_Token] = []
    stuck = set(failed)
    rest = tokens.copy()
    empty = {_on_signs_alone(tokens, index) for index in range(len(tokens))} & stuck
    if empty:
        return [token for token in tokens if token.mark is None or token.mark not in empty]
    for index, token in enumerate(tokens):
        if token.mark not in failed:
            moved.append(rest[index])
            continue
        beside = tokens[index + 1 if token.kind == "open" else index - 1].mark
        if beside in failed:
            stuck.discard(token.mark)  # the inner one comes first
        if beside in failed or not _letter_outside(tokens, index):
            moved.append(token)
            continue
        if token.kind == "open":
            out, inside = _edge_marks(rest[index + 1], last=False)
            if out:
                moved.append(_Token(out))
                rest[index + 1] = _Token(inside)
            moved.append(token)
        else:
            out, inside = _edge_marks(moved[-1], last=True)
            if out:
                moved[-1] = _Token(inside)
            moved += [token, _Token(out)] if out else [token]
        if out:
            stuck.discard(token.mark)
    for mark in stuck:
        mark.style = ""
    return [token for token in moved if token.text or token.mark is not None]


def _on_signs_alone(tokens: list[_Token], index: int) -> _Mark | None:
    """The mark that opens here, where it is around nothing but punctuation and cannot be seen."""
    mark = tokens[index].mark
    if tokens[index].kind != "open" or mark is None or index + 2 >= len(tokens):
        return None
    inside, closing = tokens[index + 1], tokens[index + 2]
    if inside.kind != "text" or closing.mark is not mark or mark.style == "":
        return None
    return mark if all(kind_of(letter) != OTHER for letter in inside.text) else None


def _letter_outside(tokens: list[_Token], index: int) -> bool:
    """Whether a letter stands outside of the end of a mark, behind those of others."""
    step = -1 if tokens[index].kind == "open" else 1
    at = index + step
    while 0 <= at < len(tokens) and (mark := tokens[at].mark) is not None and mark.style:
        at += step
    edge = _edge(tokens[at], last=step < 0) if 0 <= at < len(tokens) else ""
    return kind_of(edge) not in {SPACE, PUNCTUATION}


def _edge_marks(token: _Token, *, last: bool) -> tuple[str, str]:
    """The punctuation at an edge of a text, and the rest."""
    if token.kind != "text":
        return "", ""
    text = token.text[::-1] if last else token.text
    count = next((n for n, letter in enumerate(text) if kind_of(letter) == OTHER), len(text))
    out, inside = text[:count], text[count:]
    return (out[::-1], inside[::-1]) if last else (out, inside)


def _shown(tokens: list[_Token], math: bool) -> Iterator[str]:
    links = 0
    for index, token in enumerate(tokens):
        mark = token.mark
        if mark is None:
            yield _text(tokens, index, math=math, linked=bool(links))
        elif mark.bit == 0 and mark.link:
            links += 1 if token.kind == "open" else -1
            yield "[" if token.kind == "open" else f"]({mark.link.target}{mark.link.title})"
        elif mark.style:
            yield mark.style
        else:
            yield f"<{'/' * (token.kind == 'close')}{_TAGS[mark.bit]}>"


def _text(tokens: list[_Token], index: int, *, math: bool, linked: bool) -> str:
    token = tokens[index]
    if token.kind == "raw":
        return token.text
    if token.kind == "code":
        return code_span(token.text)
    text = escape(token.text, math=math, linked=linked)
    following = tokens[index + 1] if index + 1 < len(tokens) else _Token()
    opens = following.kind == "open" and following.mark is not None and following.mark.bit == 0
    if opens and text.endswith("!"):
        return f"{text[:-1]}\\!"  # "![" would begin an image
    return text
