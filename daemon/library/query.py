"""What a person asks, as an expression for the index and as the places to mark in a text.

Nothing of what was typed is SQL or FTS5 syntax: the expression is made of words alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from .words import SPACED, folded, pairs, words_of

#: Characters of a query that count; a sentence, not a page.
MOST_QUERY = 500
#: Characters of a snippet, and of what stands in it before the first hit.
SNIPPET = 160
BEFORE = 40

_TERM = re.compile(r'["“”]([^"“”]*)["“”]|([^\s"“”]+)')


class Query(Struct, frozen=True):
    """Words that a note must hold, all of them."""

    match: str  #: for FTS5; empty where nothing was asked for that could be found
    words: frozenset[str]  #: what is marked in any case and number
    marked: re.Pattern[str] | None  #: finds what may be marked; its group, what is for certain

    def pieces(self, text: str) -> tuple[str, ...]:
        """*text* cut at its hits: every second piece is one, the first is not."""
        cut, end = [], 0
        for start, stop in self._hits(text):
            cut += [text[end:start], text[start:stop]]
            end = stop
        return (*cut, text[end:])

    def snippet(self, text: str) -> tuple[str, ...]:
        """The surroundings of the first hit as pieces, or the beginning."""
        first = next(self._hits(text), (0, 0))[0]
        start = max(0, first - BEFORE)
        shown = " ".join(text[start : start + SNIPPET].split())
        before = "…" if start else ""
        after = "…" if start + SNIPPET < len(text.rstrip()) else ""
        return self.pieces(f"{before}{shown}{after}")

    def _hits(self, text: str) -> Iterator[tuple[int, int]]:
        if self.marked is None:
            return
        for found in self.marked.finditer(text):
            if found.lastgroup or folded(found[0]) in self.words:
                yield found.span()


def parse(text: str) -> Query:
    """Words between spaces, and phrases in quotation marks; what is neither counts for nothing."""
    terms, runs, words = [], set(), set()
    for quoted, bare in _TERM.findall(text[:MOST_QUERY]):
        term = tuple(words_of(quoted or bare))
        terms.append(_expression(term))
        runs |= {word for word, unspaced in term if unspaced}
        words |= {word for word, unspaced in term if not unspaced}
    match = " AND ".join(dict.fromkeys(filter(None, terms)))
    return Query(match, frozenset(words), _pattern(runs, words))


def _expression(term: tuple[tuple[str, bool], ...]) -> str:
    """A phrase of FTS5. At its end a run's last character may have any neighbour in a note."""
    if not term:
        return ""
    *first, (last, unspaced) = term
    before = [pairs([word])[0] if is_run else word for word, is_run in first]
    if not unspaced:
        return f'"{" ".join((*before, last))}"'
    if len(last) == 1:
        return f'"{" ".join((*before, last))}" *'
    return f'"{" ".join((*before, pairs([last])[0].rpartition(" ")[0]))}"'


def _pattern(runs: set[str], words: set[str]) -> re.Pattern[str] | None:
    longest_first = "|".join(map(re.escape, sorted(runs, key=len, reverse=True)))
    parts = [f"(?P<run>{longest_first})"] * bool(runs) + [SPACED] * bool(words)
    return re.compile("|".join(parts)) if parts else None
