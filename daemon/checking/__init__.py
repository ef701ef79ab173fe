"""What a summary says in numbers, dates and quotations, held against its article."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from ..model import Doubt
from . import dates, names, quantities, quotations
from .holding import Stock
from .prose import GAP, Prose, plain, read

MARK = "\u26a0"
# Behind a word: what a model writes itself stands before one, or has the form of a picture.
_MARKS = re.compile(rf"(?<=\S){MARK}(?!\ufe0f)")


class _Doubtful(NamedTuple):
    start: int
    end: int
    kind: Literal["number", "date", "quotation"]


def marked(summary: str, article: str) -> tuple[str, tuple[Doubt, ...]]:
    """*summary* (Markdown) with ⚠ behind what *article* (plain text) does not hold, and that.

    Pure, linear in both, idempotent: what is marked already is not marked again, and a mark that is
    no longer right goes. A doubt is no error: a sum or a share that the summary works out of the
    article's numbers is a doubt too, for the article does not have it.

    What it cannot tell is passed: two right numbers exchanged, a quotation cut off from its "not",
    one in another script than the article, which is a translation. A block quote is a remark as
    often as a quotation, so only quotation marks quote. Code, addresses and #tags say nothing.
    """
    summary = _MARKS.sub("", summary)
    prose = read(summary)
    doubtful = list(_doubtful(prose.text, _Held(plain(article))))
    places = sorted({prose.after(one.end, summary) for one in doubtful})
    starts = [0, *places]
    parts = [summary[start:end] for start, end in zip(starts, [*places, None], strict=True)]
    doubts = tuple(Doubt(_words(prose, one, summary), one.kind) for one in doubtful)
    return MARK.join(parts), doubts


def _words(prose: Prose, one: _Doubtful, summary: str) -> str:
    """As the summary has it, without its Markdown."""
    kept = prose.places[one.start : one.end]
    return "".join(summary[place] for place in dict.fromkeys(kept)).replace("\n", " ").strip()


class _Held:
    """What an article has."""

    def __init__(self, text: str) -> None:
        self.wording = quotations.Wording(text)
        text, found = _dates(text)
        self.names, text = _names(text)
        self.quantities = Stock(text, quantities.numbers(text))
        self.calendar = dates.Calendar(text, found)


def _dates(text: str) -> tuple[str, list[dates.Dated]]:
    found = list(dates.dates(text))
    return _without(text, [(start, end) for start, end, _ in found]), found


def _names(text: str) -> tuple[set[str], str]:
    spans = list(names.names(text))
    known = {key for start, end in spans for key in names.keys(text[start:end])}
    return known, _without(text, spans)


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """*text* with a gap of the same length in place of each span."""
    parts, at = [], 0
    for start, end in spans:
        parts += [text[at:start], GAP * (end - start)]
        at = end
    return "".join([*parts, text[at:]])


def _doubtful(text: str, held: _Held) -> Iterator[_Doubtful]:
    """What *held* has not, in the order of *text*."""
    quoted: list[tuple[int, int]] = []
    found: list[_Doubtful] = []
    for start, end, words in quotations.quotations(text):
        if held.wording.holds(words):
            quoted.append((start, end))
        elif not held.wording.translated(words):
            quoted.append((start, end))
            found.append(_Doubtful(start, end, "quotation"))
    found += _numbers(text, held)
    inside = bytearray(len(text))
    for start, end in quoted:
        inside[start + 1 : end - 1] = b"\1" * (end - start - 2)
    yield from sorted(one for one in found if not inside[one.start])


def _numbers(text: str, held: _Held) -> Iterator[_Doubtful]:
    whole = text
    text, dated = _dates(text)
    for start, end, times in dated:
        if not _dated(whole[start:end], times, held):
            yield _Doubtful(start, end, "date")
    for start, end in names.names(text):
        if names.keys(text[start:end]).isdisjoint(held.names):
            yield _Doubtful(start, end, "number")
    _, text = _names(text)
    for one in quantities.numbers(text):
        if one.telling and not held.quantities.holds(one, text):
            year = _year(one)
            if year is None or year not in held.calendar.years:
                yield _Doubtful(*_trimmed(text, one), "number" if year is None else "date")


def _dated(text: str, times: list[dates.Time], held: _Held) -> bool:
    """Whether the article has all these times; 2:1 may as well be two numbers, 5日 five days."""
    if all(map(held.calendar.holds, times)):
        return True
    if re.fullmatch(r"\d+:\d+|\d+日", text):
        return all(held.quantities.holds_exactly(float(part)) for part in re.findall(r"\d+", text))
    return False


def _year(one: quantities.Found) -> int | None:
    """The year that a plain number may be."""
    values = {reading.value for reading in one.readings if reading.dimension in {"", "count"}}
    return next((int(value) for value in values if 1000 <= value < 2200 and value % 1 == 0), None)


def _trimmed(text: str, one: quantities.Found) -> tuple[int, int]:
    words = text[one.start : one.end]
    return one.start + len(words) - len(words.lstrip()), one.end - len(words) + len(words.rstrip())
