"""Runs of text with their marks, written as one line of Markdown.

Runs are kept flat and written when their block is complete: only then is it known what stands on
both sides of an emphasis, and whether CommonMark's flanking rules (spec 0.31, section 6.2) let it
work there. Next to Chinese text they often do not; then an HTML tag says the same.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from typing import NamedTuple

from .escape import escape_line_start

BREAK = "\n"
_SPACE = re.compile(r"[ \t\r\n\f]+")
_CJK = r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]"
_CJK_LINE_JOIN = re.compile(rf"(?<={_CJK})[ \t\r\f]*\n[ \t\r\n\f]*(?={_CJK})")
_MARKERS = {"strong": "**", "em": "*", "strong em": "***", "del": "~~"}


class Mark(NamedTuple):
    """One element around a run; a link is told from its neighbour by its number."""

    tag: str
    target: str = ""
    number: int = 0


class Run(NamedTuple):
    """A piece of a line, already escaped, inside *marks* from the outermost."""

    text: str
    marks: tuple[Mark, ...]


class _Token(NamedTuple):
    text: str
    mark: Mark | None = None
    opens: bool = False


def fold_space(text: str) -> str:
    """White space as a browser shows it; a line join inside Chinese text is no space."""
    joined = _CJK_LINE_JOIN.sub("", text) if "\n" in text else text
    return _SPACE.sub(" ", joined)


def write_runs(runs: list[Run]) -> str:
    """The runs as Markdown; breaks become hard line breaks."""
    tokens = _joined(_nested(runs))
    text = "".join(_written(tokens, index) for index in range(len(tokens)))
    lines = [line.strip(" \u3000\xa0") for line in text.strip(" \n").split(BREAK)]
    return "\\\n".join(escape_line_start(line) for line in lines)


def _nested(runs: list[Run]) -> list[_Token]:
    """Opening and closing marks around the texts, with the spaces moved out of them."""
    tokens: list[_Token] = []
    open_marks: list[Mark] = []
    space = False
    for run in runs:
        core = run.text.strip(" ")
        space = space or run.text.startswith(" ")
        if not core:
            continue
        _close(tokens, open_marks, _common(open_marks, run.marks))
        if space:
            tokens.append(_Token(" "))
        for mark in run.marks[len(open_marks) :]:
            tokens.append(_Token("", mark, opens=True))
            open_marks.append(mark)
        tokens.append(_Token(core))
        space = run.text.endswith(" ")
    _close(tokens, open_marks, 0)
    return tokens


def _joined(tokens: list[_Token]) -> list[_Token]:
    """Bold and italic that begin and end together as one mark."""
    joined: list[_Token | None] = list(tokens)
    for index, (outer, inner) in enumerate(itertools.pairwise(tokens)):
        marks = {token.mark.tag for token in (outer, inner) if token.mark and token.opens}
        if marks != {"strong", "em"}:
            continue
        last = _pair(tokens, index)[1]
        if _pair(tokens, index + 1)[1] == last - 1:
            both = Mark("strong em")
            joined[index : index + 2] = [_Token("", both, opens=True), None]
            joined[last - 1 : last + 1] = [None, _Token("", both)]
    return [token for token in joined if token is not None]


def _common(open_marks: list[Mark], marks: tuple[Mark, ...]) -> int:
    """How many of the open marks stay open."""
    count = 0
    for one, other in zip(open_marks, marks, strict=False):
        if one != other:
            break
        count += 1
    return count


def _close(tokens: list[_Token], open_marks: list[Mark], keep: int) -> None:
    while len(open_marks) > keep:
        tokens.append(_Token("", open_marks.pop()))


def _written(tokens: list[_Token], index: int) -> str:
    token = tokens[index]
    if token.mark is None:
        return _no_image(token.text) if _opens_link(tokens, index + 1) else token.text
    if token.mark.tag == "a":
        return "[" if token.opens else f"]({token.mark.target})"
    if _works(tokens, index):
        return _MARKERS[token.mark.tag]
    tags = token.mark.tag.split()
    return (
        "".join(f"<{tag}>" for tag in tags)
        if token.opens
        else "".join(f"</{tag}>" for tag in reversed(tags))
    )


def _opens_link(tokens: list[_Token], index: int) -> bool:
    mark = tokens[index].mark if index < len(tokens) else None
    return mark is not None and mark.tag == "a" and tokens[index].opens


def _no_image(text: str) -> str:
    """*text* before a link: "![" would begin an image."""
    return f"{text[:-1]}\\!" if text.endswith("!") else text


def _works(tokens: list[_Token], index: int) -> bool:
    """Whether both ends of the emphasis at *index* are seen as such."""
    first, last = _pair(tokens, index)
    return (
        _stands_alone(tokens, first, last)
        and _flanks(_before(tokens, first), _after(tokens, first))
        and _flanks(_after(tokens, last), _before(tokens, last))
    )


def _stands_alone(tokens: list[_Token], first: int, last: int) -> bool:
    """No other emphasis begins or ends right beside it.

    Delimiters that touch are one run, which section 6.2 takes apart by rules of its own.
    """
    beside = (
        tokens[at].mark
        for at in (first - 1, first + 1, last - 1, last + 1)
        if 0 <= at < len(tokens)
    )
    return all(mark is None or mark.tag not in _MARKERS for mark in beside)


def _pair(tokens: list[_Token], index: int) -> tuple[int, int]:
    """The positions of an opening mark and its closing one."""
    step = 1 if tokens[index].opens else -1
    depth = 0
    position = index
    while True:
        token = tokens[position]
        if token.mark is not None:
            depth += step if token.opens else -step
            if depth == 0:
                return (index, position) if step > 0 else (position, index)
        position += step


def _flanks(outside: str, inside: str) -> bool:
    """A delimiter between the two characters turns towards *inside*."""
    if inside.isspace() or not inside:
        return False
    return (
        not _is_punctuation(inside) or not outside or outside.isspace() or _is_punctuation(outside)
    )


def _before(tokens: list[_Token], index: int) -> str:
    for position in range(index - 1, -1, -1):
        token = tokens[position]
        if token.text:
            return token.text[-1]
        if token.mark and token.mark.tag == "a":
            return "[" if token.opens else ")"
    return ""


def _after(tokens: list[_Token], index: int) -> str:
    for position in range(index + 1, len(tokens)):
        token = tokens[position]
        if token.text:
            return token.text[0]
        if token.mark and token.mark.tag == "a":
            return "[" if token.opens else "]"
    return ""


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"
