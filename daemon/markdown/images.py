"""The images in Markdown, found and written anew. Those in code are none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape as html_escape
from itertools import groupby
from typing import NamedTuple

from .escape import image_target, target_url
from .headings import outside_fences

#: What decides whether an image is one: a backslash, code, and the image itself (CommonMark 0.31,
#: sections 2.4, 6.1 and 6.4). Those that name their source elsewhere stay as they are.
_MARK = re.compile(
    r"""\\.
    | (?P<run>`+)
    | !\[(?P<alt>(?:\\.|[^\\\[\]])*)\]
      \([ ]*(?P<target><[^<>\n]*>|[^\s<>()]+)(?P<title>[ ]+(?:"[^"\n]*"|'[^'\n]*'))?[ ]*\)
    """,
    re.VERBOSE | re.DOTALL,
)
#: A line that begins a block of its own, so that no code span goes on into it.
_BEGINS = re.compile(r"[ ]*(?:[-*+>#|]|\d{1,9}[.)])")
_ITEM = re.compile(r"[ ]*(?:[-*+]|\d{1,9}[.)])[ ]")


class Shown(NamedTuple):
    """An image of a text."""

    alt: str  #: as Markdown
    url: str
    title: str  #: as Markdown, with the space before it


def replace_images(markdown: str, put: Callable[[Shown], str | None]) -> str:
    """*markdown* with what *put* makes of each image; None leaves it as it is."""
    if "![" not in markdown:
        return markdown
    lines = markdown.split("\n")
    text = _text_lines(lines)
    groups = groupby(enumerate(lines), key=lambda line: text.get(line[0]))
    parts = []
    for block, group in groups:
        part = "\n".join(line for _, line in group)
        parts.append(part if block is None else _replaced(part, put))
    return "\n".join(parts)


def written(shown: Shown, source: str, width: int | None) -> str:
    """The image with another source. GFM has no width, so one that has it is an HTML element."""
    if width is None:
        return f"![{shown.alt}]({image_target(source)}{shown.title})"
    alt = " ".join(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", shown.alt).split())
    # A bar would end the cell of a table.
    quoted = html_escape(alt).replace("|", "&#124;")
    return f'<img src="{html_escape(source)}" alt="{quoted}" width="{width}">'


def _text_lines(lines: list[str]) -> dict[int, int]:
    """The number of its block for each line that is no code."""
    blocks: dict[int, int] = {}
    block, last, in_list = 0, -2, False
    for number, line in outside_fences(lines):
        begins = number != last + 1 or not lines[last].strip() or _BEGINS.match(line) is not None
        in_list = bool(_ITEM.match(line)) or (in_list and (not begins or line[:1] in {" ", ""}))
        if line.startswith(("    ", "\t")) and begins and not in_list:
            continue  # and `last` stays: the next such line is code as well
        block += begins
        blocks[number] = block
        last = number
    return blocks


def _replaced(text: str, put: Callable[[Shown], str | None]) -> str:
    return "".join(_pieces(text, put)) if "![" in text else text


def _pieces(text: str, put: Callable[[Shown], str | None]) -> Iterator[str]:
    done = position = 0
    while found := _MARK.search(text, position):
        position = found.end()
        if found["run"]:
            # A run without an end has no other of its length behind it, so this stays cheap.
            closed = re.compile(rf"(?<!`){found['run']}(?!`)").search(text, position)
            position = closed.end() if closed else position
        elif found["target"]:
            shown = Shown(found["alt"], target_url(found["target"]), found["title"] or "")
            made = put(shown)
            if made is not None:
                yield text[done : found.start()]
                yield made
                done = position
    yield text[done:]
