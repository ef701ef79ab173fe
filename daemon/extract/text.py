"""Tree → plain text."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ..normalize import FOOTNOTE

_BLOCKS = frozenset(
    "address article aside blockquote body br caption dd details div dl dt fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol p pre section "
    "summary table tbody td tfoot th thead tr ul".split()
) | {FOOTNOTE}


#: A terminal would obey some of them, and no reader sees any.
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], " ")


def one_line(text: str) -> str:
    """*text* as one line without control characters, white space folded."""
    return " ".join(text.translate(_CONTROLS).split())


def text_of(element: etree._Element) -> str:
    """The words of *element*, a block a line, white space folded."""
    return "\n".join(_lines(element))


def _lines(element: etree._Element) -> Iterator[str]:
    parts: list[str] = []
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if node.tag in _BLOCKS:
            yield from _line(parts)
            parts.clear()
            if node.tag == FOOTNOTE and event == "start":
                parts.append(f"[{node.get('label')}] ")  # as its mark is
        text = node.text if event == "start" else node.tail
        if text and (event == "start" or node is not element):
            parts.append(text)
    yield from _line(parts)


def _line(parts: list[str]) -> Iterator[str]:
    line = " ".join("".join(parts).split())
    if line:
        yield line
