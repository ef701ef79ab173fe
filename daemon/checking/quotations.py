"""Quotations of a text, and whether an article has their words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

_QUOTED = re.compile(
    r"“([^“”\x00]*)”|‘([^‘’\n\x00]*)’(?![A-Za-z])|「([^「」\x00]*)」|『([^『』\x00]*)』"
    r"|《([^《》\x00]*)》|«([^«»\x00]*)»"
    r'|(?<![A-Za-z\d])"([^"\n\x00]*)"'
)
#: What a quotation leaves out, or puts in.
_LEFT_OUT = re.compile(r"…+|\.{3,}|\[[^\[\]]*\]")
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_IDEOGRAPHS}]+|[^\W_{_IDEOGRAPHS}]+")
_BETWEEN = re.compile(rf"(?<=[{_IDEOGRAPHS}]) (?=[{_IDEOGRAPHS}])")
_EDGE = re.compile(rf"^ (?=[{_IDEOGRAPHS}])|(?<=[{_IDEOGRAPHS}]) $")
_SCRIPTS = {
    "Han": re.compile(rf"[{_IDEOGRAPHS}]"),
    "Latin": re.compile("[A-Za-z\u00c0-\u024f]"),
    "Cyrillic": re.compile("[\u0400-\u052f]"),
    "Greek": re.compile("[\u0370-\u03ff]"),
    "Arabic": re.compile("[\u0600-\u06ff]"),
    "Hebrew": re.compile("[\u0590-\u05ff]"),
    "Devanagari": re.compile("[\u0900-\u097f]"),
    "Thai": re.compile("[\u0e00-\u0e7f]"),
}


def quotations(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and words of each quotation and title."""
    for match in _QUOTED.finditer(text):
        words = next((group for group in match.groups() if group), "")
        if _WORD.search(words):
            yield match.start(), match.end(), words


class Wording:
    """The words of an article, for questions."""

    def __init__(self, text: str) -> None:
        self._words = _words(text)
        self._script = _script(text[:20_000])

    def holds(self, quotation: str) -> bool:
        """Whether the words occur, in their order where some are left out."""
        at = 0
        for part in _LEFT_OUT.split(quotation):
            words = _words(part)
            if not words.strip():
                continue
            found = self._words.find(words, at)
            if found < 0:
                return False
            at = found + len(words) - 1
        return True

    def translated(self, quotation: str) -> bool:
        """Whether it is in another script than the article: it can be neither held nor refuted."""
        return _script(quotation) not in {self._script, None}


def _words(text: str) -> str:
    """*text* without case, punctuation and line breaks; words in spaces, ideographs in none."""
    spaced = " ".join(["", *_WORD.findall(text.casefold()), ""])
    # Ideographs may stand within a run of others, a word may not.
    return _EDGE.sub("", _BETWEEN.sub("", spaced))


def _script(text: str) -> str | None:
    """The script that most letters of *text* are in."""
    counts = Counter({name: len(script.findall(text)) for name, script in _SCRIPTS.items()})
    ((name, count),) = counts.most_common(1)
    return name if count else None
