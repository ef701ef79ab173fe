"""Math in Markdown, as Pandoc, GitHub and Obsidian write it."""

from __future__ import annotations

import re

#: What reads no math reads HTML and links in it; a space more changes nothing in TeX.
_LIVE = re.compile(r"<(?=[A-Za-z/!?])|\](?=[(\[:])")
_BLANK = re.compile(r"\n\s*\n")

#: TeX that a page shows as it was written, between delimiters. Money is none: its second dollar
#: sign follows a space, or a digit follows that (Pandoc).
_WRITTEN = re.compile(
    r"\$\$(?P<display>[^$]{1,5000})\$\$"
    r"|\\\[(?P<bracket>(?:(?!\\[\[\]])[^$]){1,5000})\\\]"
    r"|\\\((?P<paren>(?:(?!\\[()])[^$]){1,2000})\\\)"
    r"|(?<![\\$\w])\$(?=[^\s$])(?P<inline>[^$\n]{1,2000})(?<!\s)\$(?![\d$])"
)
#: What TeX has and other texts between such delimiters have not.
_COMMAND = re.compile(r"\\[A-Za-z]|[\^_{]")


def written_math(text: str) -> list[tuple[str, bool]]:
    """*text* in parts, and whether each is math in Markdown."""
    parts: list[tuple[str, bool]] = []
    done = position = 0
    while found := _WRITTEN.search(text, position):
        tex = next(part for part in found.groups() if part)
        if not _COMMAND.search(tex):
            position = found.start() + 1
            continue
        sign = "$$" if found["display"] or found["bracket"] else "$"
        parts.append((text[done : found.start()], False))
        parts.append((f"{sign}{' '.join(_inert(tex).split())}{sign}", True))
        done = position = found.end()
    parts.append((text[done:], False))
    return [part for part in parts if part[0]]


def inline_math(tex: str) -> str:
    """*tex* in a line."""
    return f"${' '.join(_inert(tex).split())}$"


def display_math(tex: str) -> str:
    """*tex* as a block of its own."""
    lines = re.sub("\r\n?", "\n", tex.strip())
    return f"$$\n{_BLANK.sub(chr(10), _inert(lines))}\n$$"


def _inert(tex: str) -> str:
    # What reads no math reads code from a backtick on; TeX prints it as this.
    return _LIVE.sub(r"\g<0> ", tex.replace("`", "‘"))
