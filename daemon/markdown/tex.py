"""Math in Markdown, as Pandoc, GitHub and Obsidian write it."""

from __future__ import annotations

import re

#: What reads no math reads HTML and links in it; a space more changes nothing in TeX.
_LIVE = re.compile(r"<(?=[A-Za-z/!?])|\](?=[(\[:])")
_BLANK = re.compile(r"\n\s*\n")

#: TeX that a page shows as it was written: between delimiters, and with something that only TeX
#: has. Money is none: its second dollar sign follows a space, or a digit follows that (Pandoc).
_WRITTEN = re.compile(
    r"\$\$(?=[^$]*[\\^_{])(?P<display>[^$]+)\$\$"
    r"|\\\[(?=[^$]*?[\\^_{][^$]*?\\\])(?P<bracket>[^$]+?)\\\]"
    r"|\\\((?=[^$]*?[\\^_{][^$]*?\\\))(?P<paren>[^$]+?)\\\)"
    r"|(?<![\\$\w])\$(?=[^\s$])(?=[^$\n]*(?:\\[A-Za-z]|[\^_]))(?P<inline>[^$\n]+)(?<!\s)\$(?![\d$])"
)


def written_math(text: str) -> list[tuple[str, bool]]:
    """*text* in parts, and whether each is math in Markdown."""
    parts: list[tuple[str, bool]] = []
    done = 0
    for found in _WRITTEN.finditer(text):
        tex = " ".join(_inert(next(part for part in found.groups() if part)).split())
        sign = "$$" if found["display"] or found["bracket"] else "$"
        parts += [(text[done : found.start()], False), (f"{sign}{tex}{sign}", True)]
        done = found.end()
    parts.append((text[done:], False))
    return [part for part in parts if part[0]]


def inline_math(tex: str) -> str:
    """*tex* in a line."""
    return f"${' '.join(_inert(tex).split())}$"


def display_math(tex: str) -> str:
    """*tex* as a block of its own."""
    return f"$$\n{_BLANK.sub(chr(10), _inert(tex.strip()))}\n$$"


def _inert(tex: str) -> str:
    return _LIVE.sub(r"\g<0> ", tex)
