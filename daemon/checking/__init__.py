"""What a summary says in numbers, dates and quotations, held against its article."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Literal, NamedTuple

from ..model import Doubt
from . import copying, dates, names, quantities, quotations, splits
from .calendar import Calendar
from .holding import Stock
from .prose import EMPHASIS, GAP, Prose, is_punctuation, plain, read
from .readings import CLOCK, PLAIN, SCORE, Found, Quantity

MARK = "\u26a0"
#: Asks for the form of a sign, as it is shown anyway. Between a letter and what closes emphasis the
#: bare mark would be punctuation, and keep it from closing (CommonMark 0.31, section 6.2).
_AS_TEXT = "\ufe0e"
# Behind a word: what a model writes itself stands before one, or has the form of a picture.
_MARKS = re.compile(rf"(?<=\S){MARK}(?!\ufe0f){_AS_TEXT}?")


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
    doubts = tuple(Doubt(_words(prose, one, summary), one.kind) for one in doubtful)
    return _with_marks(summary, {prose.after(one.end, summary) for one in doubtful}), doubts


def _with_marks(summary: str, places: set[int]) -> str:
    parts, at = [], 0
    for place in sorted(places):
        between = summary[place : place + 1] in EMPHASIS and not is_punctuation(summary[place - 1])
        parts += [summary[at:place], MARK, _AS_TEXT * between]
        at = place
    return "".join([*parts, summary[at:]])


def _words(prose: Prose, one: _Doubtful, summary: str) -> str:
    """As the summary has it, without its Markdown."""
    kept = prose.places[one.start : one.end]
    return "".join(summary[place] for place in dict.fromkeys(kept)).replace("\n", " ").strip()


class _Held:
    """What an article has, each part read where it is first asked for."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def wording(self) -> quotations.Wording:
        return quotations.Wording(self.text)

    @cached_property
    def names(self) -> set[str]:
        named = [self.text[start:end] for start, end in names.names(self.text)]
        told = {key for name in named for key in names.keys(name) | names.versions(name)}
        return told | names.in_words(self.text)

    @cached_property
    def _dated(self) -> tuple[str, list[dates.Dated]]:
        return _dates(self.text)

    @cached_property
    def quantities(self) -> Stock:
        undated, found = self._dated
        told = [*_amounts(undated), *_durations(self.text, found), *splits.shares(self.text)]
        return Stock(self.text, told)

    @cached_property
    def calendar(self) -> Calendar:
        return Calendar(self.text, self._dated[1])


def _dates(text: str) -> tuple[str, list[dates.Dated]]:
    found = list(dates.dates(text))
    return _without(text, [(start, end) for start, end, _ in found]), found


def _amounts(text: str) -> Iterator[Found]:
    """The quantities of an article, and what in its names may be one."""
    spans = list(names.names(text))
    yield from quantities.numbers(_without(text, spans))
    for start, end in spans:
        for part in names.amounts(text[start:end]):
            yield from _moved(quantities.numbers(re.sub(r"(?<=\d)[A-Za-z]+\d?$", "", part)), start)


def _durations(text: str, found: list[dates.Dated]) -> Iterator[Found]:
    """How long the times of a text may be: 2:09:56 is a result, 8300年 an age, 三十日 30 days."""
    yield from _clocks(text, found)
    for start, end, times in found:
        if len(times) == 1 and _is_day_alone(times[0]):
            for unit in "天个":  # as many, and the 15th
                for one in _moved(quantities.numbers(_number_of(text[start:end]) + unit), start):
                    yield one._replace(exact=True)
        if re.fullmatch(r"\d{4}年?", text[start:end]):
            yield from _moved(quantities.numbers(text[start : start + 4] + "年"), start)
        yield from _first_months(text[start:end], start)
        for months in {time.months for time in times if isinstance(time, dates.Period)} - {0}:
            yield Found(start, end, [Quantity("month", months, 1, 1, 9)])


_TOLD_AS_RESULT = re.compile(r"\d{1,2}:\d\d(?P<seconds>:\d\d)?")
_WEEKDAY = (
    r"(?:[Mm]on|[Tt]ues|[Ww]ednes|[Tt]hurs|[Ff]ri|[Ss]atur|[Ss]un)day|(?:周|星期)[一二三四五六日天]"
)
#: What makes a time of day of a clock, next to it.
_DAY_BEFORE = re.compile(rf"(?:\x00|{_WEEKDAY}|(?:北京|当地)时间)[\s,，)）T]{{0,3}}$")
_DAY_BEHIND = re.compile(
    rf"[\s,，(（]{{0,3}}(?:on\s|\x00|{_WEEKDAY}|[Zz]\b|GMT|UTC|[A-Z]{{1,2}}[SD]?T\b|[+-]\d\d:?\d\d)"
)


def _clocks(text: str, found: list[dates.Dated]) -> Iterator[Found]:
    """The times that no day makes times of day, for 2:09:56 and 9:58 are results as well."""
    days = [(start, end) for start, end, times in found if not _is_clock(times)]
    apart = _without(text, days)
    for start, end, times in found:
        told = _TOLD_AS_RESULT.fullmatch(text, start, end)
        if told is None or _DAY_BEFORE.search(apart, max(0, start - 12), start):
            continue
        if not _DAY_BEHIND.match(apart, end):
            part = 1 if told["seconds"] else 60
            clocks = [time for time in times if isinstance(time, dates.Clock)]
            yield Found(start, end, [Quantity(CLOCK, c.seconds / part, 1, 1, 9) for c in clocks])


def _is_clock(times: Sequence[dates.Time]) -> bool:
    return all(isinstance(time, dates.Clock) for time in times)


def _number_of(day: str) -> str:
    """The 15 of 15日 and 15th."""
    return day.rstrip("日号stndrh")


_FIRST_MONTHS = re.compile(r"(?:前|[Ff]irst[-\s])(?=[\w-]*\W?(?:个?月|months?))")


def _first_months(told: str, start: int = 0) -> Iterator[Found]:
    """How long "the first six months" are, of a year or of something else."""
    if begin := _FIRST_MONTHS.match(told):
        rest = told[begin.end() :].replace("-", " ")
        yield from _moved(quantities.numbers(rest), start + begin.end())


def _is_day_alone(time: dates.Time) -> bool:
    return isinstance(time, dates.Day) and time.day is not None and time[:2] == (None, None)


def _moved(found: list[Found], start: int) -> Iterator[Found]:
    return (one._replace(start=start + one.start, end=start + one.end) for one in found)


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """*text* with a gap of the same length in place of each span."""
    parts, at = [], 0
    for start, end in spans:
        parts += [text[at:start], GAP * (end - start)]
        at = end
    return "".join([*parts, text[at:]])


def _doubtful(text: str, held: _Held) -> Iterator[_Doubtful]:
    """What *held* has not, in the order of *text*."""
    copied = copying.copied(text, held.text)
    quoted: list[tuple[int, int]] = []
    found: list[_Doubtful] = []
    for start, end, words in quotations.quotations(text):
        if _within(copied, start, end) or held.wording.holds(words):
            quoted.append((start, end))
        elif not held.wording.translated(words):
            quoted.append((start, end))
            found.append(_Doubtful(start, end, "quotation"))
    found += _numbers(_without(text, copied), held)
    inside = bytearray(len(text))
    for start, end in quoted:
        inside[start + 1 : end - 1] = b"\1" * (end - start - 2)
    yield from sorted(one for one in found if not inside[one.start])


def _within(spans: list[tuple[int, int]], start: int, end: int) -> bool:
    """Whether one of *spans*, in their order, has all that is between."""
    at = bisect_right(spans, start, key=itemgetter(0)) - 1
    return at >= 0 and end <= spans[at][1]


def _numbers(text: str, held: _Held) -> Iterator[_Doubtful]:
    whole = text
    text, dated = _dates(text)
    for start, end, times in dated:
        if not _dated(whole[start:end], times, held):
            yield _Doubtful(start, end, "date")
    spans = list(names.names(text))
    for start, end in spans:
        if not _named(text[start:end], held):
            yield _Doubtful(start, end, "number")
    text = _without(text, spans)
    for one in quantities.numbers(text):
        if text[one.start : one.end] in held.names:  # the 4.2 of version 4.2.0
            continue
        if one.telling and not held.quantities.holds(one, text):
            year = _year(one)
            if year is None or year not in held.calendar.years:
                yield _Doubtful(*_trimmed(text, one), "number" if year is None else "date")


def _named(name: str, held: _Held) -> bool:
    """Whether the article has this name, or the amounts in it under another: 小鹿-14B."""
    if not names.keys(name).isdisjoint(held.names):
        return True
    told = [one for part in names.amounts(name) for one in quantities.numbers(part)]
    return bool(told) and all(held.quantities.holds(one, name) for one in told)


def _dated(text: str, times: list[dates.Time], held: _Held) -> bool:
    """Whether the article has all these times, or what they may be instead."""
    if all(map(held.calendar.holds, times)):
        return True
    if amounts := _instead(text, times):
        return all(held.quantities.holds(one, text) for one in amounts)
    clocks = [time for time in times if isinstance(time, dates.Clock)]
    if clocks and _lasting(clocks, held):
        return True
    numbers = re.findall(r"\d+", text) if re.fullmatch(r"\d+:\d+", text) else []
    return bool(numbers) and all(held.quantities.holds_exactly(float(one)) for one in numbers)


def _lasting(clocks: list[dates.Clock], held: _Held) -> bool:
    """Whether all are durations, 12:35 also one of minutes and seconds; 10:00 is no ten hours."""
    told = [clock.seconds for clock in clocks]
    return all(seconds % 3600 for seconds in told) and any(
        all(held.quantities.lasts(seconds / part) for seconds in told) for part in (1, 60)
    )


def _instead(text: str, times: list[dates.Time]) -> list[Found]:
    """The amounts that times may be: 1500年 an age, 5日 five days, 前六个月 six months."""
    if re.fullmatch(r"\d{4}年?", text):
        return quantities.numbers(text[:4] + "年")
    if len(times) == 1 and _is_day_alone(times[0]):
        return quantities.numbers(_number_of(text) + "天")
    return list(_first_months(text))


def _year(one: Found) -> int | None:
    """The year that a plain number may be."""
    plain = PLAIN | {SCORE}  # 2019-2020
    values = {reading.value for reading in one.readings if reading.dimension in plain}
    return next((int(value) for value in values if 1000 <= value < 2200 and value % 1 == 0), None)


def _trimmed(text: str, one: Found) -> tuple[int, int]:
    words = text[one.start : one.end]
    return one.start + len(words) - len(words.lstrip()), one.end - len(words) + len(words.rstrip())
