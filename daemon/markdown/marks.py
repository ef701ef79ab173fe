"""What may be on a piece of a line."""

from __future__ import annotations

from typing import NamedTuple

#: What may be on a piece, from the outermost where two begin and end together.
EM, STRONG, DEL, INS, UNDERLINE, MARK, QUOTED, SUB, SUP, KBD, CODE = (1 << n for n in range(11))
DELIMITERS = {EM: "*", STRONG: "**", DEL: "~~"}
TAGS = {
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
