"""Runs of text with their marks, written as one line of Markdown.

Runs are kept flat and written when their block is complete: only then is it known what stands on
both sides of an emphasis, and whether CommonMark's flanking rules (spec 0.31, section 6.2) let it
work there. Next to Chinese text they often do not; then punctuation at its edge moves out, or an
HTML tag says the same.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .escape import code_span, escape_line_start
from .marks import CODE, Link, Piece, written

_SPACE = re.compile(r"[ \t\r\n\f]+")
_LINE_SPACE = re.compile(r"[ \t\r\f]*\n[ \t\r\n\f]*|[ \t\r\f]+")
_CJK = (
    r"[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
    r"\U00020000-\U0003ffff]"
)
_CJK_LETTER = re.compile(_CJK)
_CJK_LINE_JOIN = re.compile(rf"(?<={_CJK})[ \t\r\f]*\n[ \t\r\n\f]*(?={_CJK})")
_FOLDED = re.compile(r"[\t\r\n\f]|  ")


class Run(NamedTuple):
    """A piece of a line as the page has it."""

    text: str  #: with its white space folded by `fold`
    flags: int = 0  #: of `marks`
    link: Link | None = None
    raw: bool = False  #: already Markdown


#: A line break of the page.
BREAK = Run("\\\n", raw=True)


def fold_space(text: str) -> str:
    """White space as a browser shows it; a line join inside Chinese text is no space."""
    joined = _CJK_LINE_JOIN.sub("", text) if "\n" in text else text
    return _SPACE.sub(" ", joined)


def fold(text: str) -> str:
    """*text* with each white space as one character: a space, or a line end where it has one."""
    if not _FOLDED.search(text):
        return text
    return _LINE_SPACE.sub(lambda space: "\n" if "\n" in space[0] else " ", text)


def write_runs(runs: list[Run], line_break: str = "\\\n") -> str:
    """The runs as Markdown, with *line_break* for each break."""
    pieces = tidied(runs)
    if len(pieces) == 1 and not pieces[0].flags and not pieces[0].link and not pieces[0].raw:
        return escape_line_start(written(pieces))
    text = written(pieces)
    lines = [line.strip(" ") for line in text.split(BREAK.text)]
    if line_break != BREAK.text:
        return line_break.join(lines)
    return BREAK.text.join(escape_line_start(line) for line in lines)


def tidied(runs: list[Run]) -> list[Piece]:
    """The runs with spaces outside of their marks, and equal neighbours as one."""
    pieces: list[Piece] = []
    space = ""
    for run in runs:
        if run is BREAK:
            space = ""
            if pieces and pieces[-1].text is not BREAK.text:
                pieces.append(_BREAK)
            continue
        core = run.text if run.raw else run.text.strip()
        if not core:
            space += run.text
            continue
        if not run.raw:
            begin = run.text.index(core[0])
            space += run.text[:begin]
        _add(pieces, space, core, run)
        space = "" if run.raw else run.text[begin + len(core) :]
    if pieces and pieces[-1] is _BREAK:
        pieces.pop()
    return _spread_over_breaks(pieces)


_BREAK = Piece(BREAK.text, 0, None, True)


def _add(pieces: list[Piece], space: str, core: str, run: Run) -> None:
    """Append *core* with the *space* before it, which has the marks that both sides share."""
    if "\n" in core and not run.raw:
        core = _CJK_LINE_JOIN.sub("", core).replace("\n", " ")
    before = pieces[-1] if pieces else _BREAK
    between = _between(before, space, core)
    if not run.raw and not before.raw and before.flags == run.flags and before.link == run.link:
        pieces[-1] = before._replace(text=before.text + between + core)
        return
    if between:
        shared = before.link if before.link == run.link else None
        pieces.append(Piece(between, before.flags & run.flags & ~CODE, shared, False))
    pieces.append(Piece(core, run.flags, run.link, run.raw))


def _between(before: Piece, space: str, core: str) -> str:
    if not space or before is _BREAK:
        return ""
    if "\n" in space:
        if _CJK_LETTER.match(before.text[-1]) and _CJK_LETTER.match(core):
            return ""
        space = space.replace("\n", " ")
    return _SPACE.sub(" ", space)


def _spread_over_breaks(pieces: list[Piece]) -> list[Piece]:
    """Breaks with the marks that both sides of them share, so that these go on over them."""
    for at in range(1, len(pieces) - 1):
        if pieces[at] is _BREAK:
            one, other = pieces[at - 1], pieces[at + 1]
            shared = one.link if one.link == other.link else None
            pieces[at] = Piece(BREAK.text, one.flags & other.flags & ~CODE, shared, True)
    return pieces


__all__ = ["BREAK", "Run", "code_span", "fold", "fold_space", "write_runs"]
