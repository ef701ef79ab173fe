"""Sentences that a summary has copied out of its article."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .prose import GAP

_SENTENCE = re.compile(
    rf"(?P<words>(?:[^。!?;\n{GAP}.]|\.(?!\s))+)(?:[。!?;.]+[”’」』\"')]*|(?=[\n{GAP}])|\Z)"
)
#: What a line of a summary says of the sentence behind it: "Archive note: ". No time of day.
_LABEL = re.compile(r"[^:]*[^:\d]:\s*")
_BULLET = re.compile(r"^[\s>]*(?:[-*+•]\s+)?(?:#{1,6}\s+)?")


def copied(text: str, article: str) -> list[tuple[int, int]]:
    """Where sentences of *text* stand that *article* has, both in simple characters.

    All that they say is held, at the cost of no more than a look. A sentence of an extract begins
    and ends where one of the article does: the 5% of 15% is none. So does what stands behind a
    label, as the title does.
    """
    has = {words for _, _, words in _sentences(article)}
    found = []
    for start, end, words in _sentences(text):
        if words in has:
            found.append((start, end))
        elif (label := _LABEL.match(words)) and words[label.end() :] in has:
            found.append((text.index(":", start), end))
    return found


def _sentences(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _SENTENCE.finditer(text):
        if words := " ".join(_BULLET.sub("", match["words"]).split()):
            yield match.start(), match.end(), words
