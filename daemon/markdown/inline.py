"""Runs of text with their marks, written as one line of Markdown.

Runs are kept flat and written when their block is complete: only then is it known what stands on
both sides of an emphasis, and whether CommonMark's flanking rules (spec 0.31, section 6.2) let it
work there. Next to Chinese text they often do not; then punctuation at its edge moves out, or an
HTML tag says the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, cast

from .emphasis import OTHER, PUNCTUATION, flanks, kind_of
from .escape import code_span, escape, escape_line_start, has_math, may_have_address
from .marks import CODE, DELIMITERS, TAGS, Link, Piece
from .mending import at_links, failed_marks, moved_out, turned
from .nesting import Token, nested

_SPACE = re.compile(r"[ \t\r\n\f]+")
_WHITE = " \t\r\n\f"
_UNEVEN = re.compile(r"[ \t\r\n\f]{2,}|[\t\r\f]")
#: Korean has spaces between its words (CSS Text 3, section 4.1.3).
_CJK = (
    r"[\u2e80-\u312f\u3190-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
    r"\U00020000-\U0003ffff]"
)
_CJK_LETTER = re.compile(_CJK)
_CJK_LINE_JOIN = re.compile(rf"(?<={_CJK})[ \t\r\f]*\n[ \t\r\n\f]*(?={_CJK})")


#: Attempts to mend what would not be read as it was meant, before all of it becomes HTML.
_ATTEMPTS = 8


class Run(NamedTuple):
    """A piece of a line as the page has it."""

    text: str  #: with its white space folded by `fold`
    flags: int = 0  #: of `marks`
    link: Link | None = None
    raw: bool = False  #: already Markdown


_BARE = (0, None, False)
#: A line break of the page.
BREAK = Run("\\\n", raw=True)


def fold_space(text: str) -> str:
    """White space as a browser shows it; a line join inside Chinese text is no space."""
    joined = _CJK_LINE_JOIN.sub("", text) if "\n" in text else text
    return _SPACE.sub(" ", joined)


def fold(text: str) -> str:
    """*text* with each white space as one character: a space, or a line end where it has one."""
    if not text.strip(_WHITE):
        return "\n" if "\n" in text else " "
    # To look for each is five times as fast as the pattern, and most texts have none.
    if "\n" in text or "  " in text or "\t" in text or "\r" in text or "\f" in text:
        return _UNEVEN.sub(_folded, text)
    return text


def _folded(space: re.Match[str]) -> str:
    return "\n" if "\n" in space[0] else " "


def write_runs(runs: list[Run], line_break: str = "\\\n") -> str:
    """The runs as Markdown, with *line_break* for each break."""
    if len(runs) == 1 and runs[0][1:] == _BARE:
        text = _joined(runs[0].text.strip())
        return escape_line_start(escape(text)) if line_break == BREAK.text else escape(text)
    text = _written(tidied(runs))
    if BREAK.text not in text and line_break == BREAK.text:
        return escape_line_start(text.strip(" "))
    lines = [line.strip(" ") for line in text.split(BREAK.text)]
    if line_break != BREAK.text:
        return line_break.join(lines)
    return BREAK.text.join(escape_line_start(line) for line in lines)


def tidied(runs: list[Run]) -> list[Piece]:
    """The runs with spaces outside of their marks, and equal neighbours as one."""
    pieces = _Pieces()
    space, in_code = "", 0
    for run in runs:
        if run is BREAK:
            space = ""
            if pieces.last is not _BREAK:
                pieces.put(_BREAK)
            continue
        core = run.text if run.raw else run.text.strip()
        if not core:
            space += run.text
            in_code = run.flags & CODE
            continue
        begin = 0 if run.raw else run.text.index(core[0])
        if begin:
            space += run.text[:begin]
            in_code = run.flags & CODE
        _add(pieces, space, core, run, in_code)
        space, in_code = run.text[begin + len(core) :], run.flags & CODE
    return _spread_over_breaks(pieces.finished())


_BREAK = Piece(BREAK.text, 0, None, True)


class _Pieces:
    """Pieces as they come. The last one grows, in time linear in what is added."""

    __slots__ = ("_added", "_pieces", "last")

    def __init__(self) -> None:
        self.last = _BREAK  #: as it was before it grew
        self._pieces: list[Piece] = []
        self._added: list[str] = []

    @property
    def ending(self) -> str:
        return (self._added[-1] if self._added else self.last.text)[-1]

    def grow(self, *texts: str) -> None:
        self._added += filter(None, texts)

    def put(self, piece: Piece) -> None:
        self._complete()
        self._pieces.append(piece)
        self.last = piece

    def finished(self) -> list[Piece]:
        self._complete()
        if self._pieces and self._pieces[-1] is _BREAK:
            self._pieces.pop()
        return self._pieces

    def _complete(self) -> None:
        if self._added:
            text = "".join((self.last.text, *self._added))
            self._pieces[-1] = self.last._replace(text=text)
            self._added = []


def _add(pieces: _Pieces, space: str, core: str, run: Run, in_code: int) -> None:
    """Append *core* with the *space* before it, which has the marks that both sides share.

    Two codes are one only if what is between them is code too, as *in_code* says.
    """
    if not run.raw:
        core = _joined(core)
    before = pieces.last
    between = _between(pieces, space, core) if space and before is not _BREAK else ""
    apart = between and run.flags & CODE and not in_code
    alike = before.flags == run.flags and before.link == run.link
    if alike and not apart and not run.raw and not before.raw:
        pieces.grow(between, core)
        return
    if between and in_code and before.flags & run.flags & CODE:
        # It is no part of a link.
        if before.link is None or run.link is not None:
            pieces.grow(between)
        else:
            core = between + core
    elif between:
        shared = before.link if before.link == run.link else None
        pieces.put(Piece(between, before.flags & run.flags & ~CODE, shared, False))
    pieces.put(Piece(core, run.flags, run.link, run.raw))


def _joined(text: str) -> str:
    """Folded *text* in one line."""
    return _CJK_LINE_JOIN.sub("", text).replace("\n", " ") if "\n" in text else text


def _between(pieces: _Pieces, space: str, core: str) -> str:
    if "\n" in space:
        if _CJK_LETTER.match(pieces.ending) and _CJK_LETTER.match(core):
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


def _written(pieces: list[Piece]) -> str:
    """The pieces as Markdown."""
    texts = "".join(piece.text for piece in pieces if not piece.raw)
    math = "$" in texts and has_math(texts)
    parts = [_plain(pieces, number, math=math) for number in range(len(pieces))]
    if None not in parts:
        return "".join(cast("list[str]", parts))
    split = 0
    tokens = nested(pieces, split)
    for _ in range(_ATTEMPTS):
        failed = failed_marks(tokens)
        if not failed:
            break
        if linked := at_links(tokens, failed) & ~split:
            split |= linked
            tokens = nested(pieces, split)
        elif not turned(tokens, failed):
            tokens = moved_out(tokens, failed)
    else:
        for mark in failed_marks(tokens):
            mark.style = ""
        while failed := failed_marks(tokens):
            for mark in failed:
                mark.style = ""
    return "".join(_shown(tokens, math))


def _plain(pieces: list[Piece], number: int, *, math: bool) -> str | None:
    """A piece as Markdown, if its marks are sure to be read: most are, and need no more looking.

    It has one mark alone, its neighbours have none, and its delimiters turn inwards: then these
    close at once.
    """
    text, flags, link, raw = pieces[number]
    before = pieces[number - 1] if number else None
    after = pieces[number + 1] if number + 1 < len(pieces) else None
    marked = flags & ~CODE
    if (marked or link) and (_is_marked(before) or _is_marked(after)):
        return None
    followed = after is not None and not after.text[0].isspace()
    if marked:
        sign = DELIMITERS.get(flags)
        if raw or sign is None or not _turns_inwards(sign, before, text, after, link):
            return None
        shown = escape(text, math=math, linked=link is not None, followed=followed)
        marked_text = f"{sign}{shown}{sign}"
        return f"[{marked_text}]({link.target}{link.title})" if link else marked_text
    shown = text if raw else code_span(text) if flags & CODE else ""
    shown = shown or escape(text, math=math, linked=link is not None, followed=followed)
    if link:
        return _linked(text, shown, link)
    begins = after is not None and after.link and text.endswith("!") and not raw
    return f"{shown[:-1]}\\!" if begins else shown


def _is_marked(piece: Piece | None) -> bool:
    return piece is not None and bool(piece.flags & ~CODE or piece.link)


def _turns_inwards(
    sign: str, before: Piece | None, text: str, after: Piece | None, link: Link | None
) -> bool:
    """Whether delimiters around *text* open and close, whatever symbols are taken for."""
    first, last = text[0], text[-1]
    if kind_of(first) == OTHER == kind_of(last):
        return True
    left = "[" if link else _last(before)
    right = "]" if link else _first(after)
    return all(
        flanks(sign[0], left, first, symbols)[0] and flanks(sign[0], last, right, symbols)[1]
        for symbols in (PUNCTUATION, OTHER)
    )


def _last(piece: Piece | None) -> str:
    return "" if piece is None else "`" if piece.flags & CODE else piece.text[-1]


def _first(piece: Piece | None) -> str:
    return "" if piece is None else "`" if piece.flags & CODE else piece.text[0]


def _linked(text: str, shown: str, link: Link) -> str:
    """A link; one that shows its own address as such (CommonMark 0.31, section 6.5)."""
    if not link.title and text == link.target and text.startswith(("https://", "http://")):
        return f"<{text}>"
    return f"[{shown}]({link.target}{link.title})"


def _shown(tokens: list[Token], math: bool) -> Iterator[str]:
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
            yield f"<{'/' * (token.kind == 'close')}{TAGS[mark.bit]}>"


def _text(tokens: list[Token], index: int, *, math: bool, linked: bool) -> str:
    token = tokens[index]
    if token.kind == "raw":
        return token.text
    if token.kind == "code":
        return code_span(token.text)
    followed = may_have_address(token.text) and _is_followed(tokens, index)
    text = escape(token.text, math=math, linked=linked, followed=followed)
    following = tokens[index + 1] if index + 1 < len(tokens) else Token()
    opens = following.kind == "open" and following.mark is not None and following.mark.bit == 0
    if opens and text.endswith("!"):
        return f"{text[:-1]}\\!"  # "![" would begin an image
    return text


def _is_followed(tokens: list[Token], index: int) -> bool:
    """Whether something other than a space or a tag comes behind the text at *index*."""
    for at in range(index + 1, len(tokens)):
        token = tokens[at]
        if token.mark is None:
            return not token.text[:1].isspace()
        if not token.mark.style:
            return token.mark.bit == 0 and token.kind == "open"
    return False
