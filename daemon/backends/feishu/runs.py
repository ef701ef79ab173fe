"""Pieces of a line with their marks → the elements of a text block."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

#: Characters of one run and of one block. What Feishu takes is not documented; more than this is
#: no paragraph of a person.
LONGEST_RUN = 10_000
LONGEST_TEXT = 50_000
#: Characters of an equation (official documents, “创建嵌套块”).
LONGEST_EQUATION = 10_000

#: What no text shows, and some servers refuse: control characters but the tab and the line end,
#: and what has no place in UTF-8 or XML.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_NO_BYTES = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile("\r\n?|[\u2028\u2029]")
#: What programs make a link of, though it is only text (GFM 0.29, section 6.9).
_ADDRESS = re.compile(
    r"(?<![A-Za-z0-9@/._-])(?:https?://|www\.)[^\s<>\"“”‘’「」『』《》【】，。；：！？、（）]+",
    re.IGNORECASE,
)
_TAIL = "?!.,:;*_~'\"`]"
_FOLLOWED = re.compile(r"(?:https?://|mailto:)\S", re.IGNORECASE)
_RUNS_OUT = re.compile(r"(?:javascript|vbscript|data):", re.IGNORECASE)
_AROUND_BREAK = re.compile(r" *\n *")

Element = dict[str, Any]


class Run(NamedTuple):
    """A piece of text inside of *marks*, which are the names of the styles on the wire."""

    text: str
    marks: frozenset[str] = frozenset()
    link: str | None = None
    equation: bool = False  #: the text is LaTeX


def cleaned(text: str) -> str:
    """*text* with nothing in it that cannot be sent."""
    return _UNSEEN.sub("", _NO_BYTES.sub("\ufffd", _LINE_END.sub("\n", text)))


def followed(address: str) -> str | None:
    """*address* as the target of a link; None where Feishu could not follow it."""
    written = cleaned(address).strip()
    return written if _FOLLOWED.match(written) else None


def told(address: str) -> str:
    """What to write of an *address* that cannot be followed: nothing where it is no use."""
    written = cleaned(address).strip()
    return "" if written.startswith("#") or _RUNS_OUT.match(written) else written


def tidy(runs: Iterable[Run]) -> list[Run]:
    """The runs of a block without spaces at its ends, at the ends of its lines, and twice."""
    kept: list[Run] = []
    before = "\n"
    for run in runs:
        text = run.text
        if not run.equation:
            text = _AROUND_BREAK.sub("\n", text)
            text = text.lstrip(" ") if before in " \n" else text
            text = text if kept else text.lstrip("\n")
            if text.startswith("\n"):
                _strip_end(kept, " ")
        if text:
            kept.append(run if text == run.text else run._replace(text=text))
            before = text[-1]
    _strip_end(kept, " \n")
    return kept


def elements(runs: list[Run]) -> Iterator[list[Element]]:
    """The elements of as many blocks as the *runs*, which are tidy, need."""
    room = LONGEST_TEXT
    block: list[Element] = []
    for run in _merged(_with_links(runs)):
        for piece in _pieces(run):
            if len(piece.text) > room:
                yield block
                block, room = [], LONGEST_TEXT
            block.append(element(piece))
            room -= len(piece.text)
    if block:
        yield block


def element(run: Run) -> Element:
    """A run on the wire; the address of a link is encoded as a whole."""
    style: dict[str, Any] = dict.fromkeys(sorted(run.marks), True)
    if run.link:
        style["link"] = {"url": quote(run.link, safe="")}
    written: Element = {"content": cleaned(run.text)}
    if style:
        written["text_element_style"] = style
    return {"equation" if run.equation else "text_run": written}


def empty() -> list[Element]:
    """The elements of a block without text: there must be one."""
    return [{"text_run": {"content": ""}}]


def _strip_end(kept: list[Run], characters: str) -> None:
    while kept and not kept[-1].equation:
        stripped = kept[-1].text.rstrip(characters)
        if stripped:
            kept[-1] = kept[-1]._replace(text=stripped)
            return
        kept.pop()


def _with_links(runs: Iterable[Run]) -> Iterator[Run]:
    """The runs with the bare addresses in them as links."""
    for run in _merged(runs):
        if run.link or run.equation or "inline_code" in run.marks:
            yield run
            continue
        if "://" not in run.text and "www." not in run.text.lower():
            yield run
            continue
        done = 0
        for found in _ADDRESS.finditer(run.text):
            address = _trimmed(found[0])
            yield run._replace(text=run.text[done : found.start()])
            done = found.start() + len(address)
            link = address if "://" in address else f"http://{address}"
            yield run._replace(text=address, link=link)
        yield run._replace(text=run.text[done:])


def _trimmed(address: str) -> str:
    """Without the punctuation behind it; a bracket belongs to it where it is opened in it."""
    closed = address.count(")") - address.count("(")
    end = len(address)
    while end and (address[end - 1] in _TAIL or (address[end - 1] == ")" and closed > 0)):
        closed -= address[end - 1] == ")"
        end -= 1
    return address[:end]


def _merged(runs: Iterable[Run]) -> Iterator[Run]:
    """Runs that touch and look alike are one; an equation that is too long is code."""
    alike: list[Run] = []
    for run in runs:
        now = _as_code(run) if run.equation and len(run.text) > LONGEST_EQUATION else run
        if not now.text:
            continue
        if alike and (now.equation or now[1:] != alike[0][1:]):
            yield _one(alike)
            alike = []
        alike.append(now)
    if alike:
        yield _one(alike)


def _one(alike: list[Run]) -> Run:
    return alike[0] if len(alike) == 1 else alike[0]._replace(text="".join(r.text for r in alike))


def _as_code(run: Run) -> Run:
    return run._replace(marks=run.marks | {"inline_code"}, equation=False)


def _pieces(run: Run) -> Iterator[Run]:
    for start in range(0, len(run.text), LONGEST_RUN):
        yield run._replace(text=run.text[start : start + LONGEST_RUN])


def code_elements(text: str) -> Iterator[list[Element]]:
    """The elements of as many blocks of code as *text* needs; each ends with a line, if it can."""
    while len(text) > LONGEST_TEXT:
        end = text.rfind("\n", 0, LONGEST_TEXT)
        end = end if end > 0 else LONGEST_TEXT
        yield [element(piece) for piece in _pieces(Run(text[:end]))]
        text = text[end:].removeprefix("\n")
    yield [element(piece) for piece in _pieces(Run(text))] or empty()
