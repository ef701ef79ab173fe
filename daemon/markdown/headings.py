"""The levels of headings in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: What begins a quote or a list item. One way alone to read each space: two ways would make time
#: exponential in the depth of quotes.
_MARKER = r"(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ ]))"
#: A line of backticks that are followed by others is inline code.
_FENCE = re.compile(rf"^[ ]*(?:{_MARKER}[ ]*)*(`{{3,}}+(?!.*`)|~{{3,}})")
_HEADING = re.compile(rf"^([ ]{{0,3}}(?:{_MARKER}[ ]{{0,4}})*)(\#{{1,6}})(?=[ \t]|$)")


def nest_headings(markdown: str, *, below: int) -> str:
    """Shift all headings alike so that the highest is one under *below*; six is the lowest."""
    lines = markdown.split("\n")
    headings = dict(_headings(lines))
    if not headings:
        return markdown
    shift = below + 1 - min(len(found[2]) for found in headings.values())
    for number, found in headings.items():
        level = min(6, max(1, len(found[2]) + shift))
        lines[number] = found[1] + "#" * level + lines[number][found.end() :]
    return "\n".join(lines)


def outside_fences(lines: list[str]) -> Iterator[tuple[int, str]]:
    """The lines that are not in fenced code, with their numbers."""
    fence = ""
    for number, line in enumerate(lines):
        opened = _FENCE.match(line)
        if fence:
            if opened and opened[1].startswith(fence) and not line[opened.end() :].strip():
                fence = ""
        elif opened:
            fence = opened[1]
        else:
            yield number, line


def _headings(lines: list[str]) -> list[tuple[int, re.Match[str]]]:
    """The ATX headings by line number; those inside code are none."""
    found = ((number, _HEADING.match(line)) for number, line in outside_fences(lines))
    return [(number, heading) for number, heading in found if heading]
