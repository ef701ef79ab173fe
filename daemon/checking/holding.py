"""Whether the quantities of an article hold what is said: roundings, bounds and directions."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import chain, pairwise

from .ratios import Ratios
from .readings import CLOCK, PLAIN, SCORE, SHARE, Found, Measure, Quantity
from .units import BARE, COUNT, PERCENT, THINGS, TIMES

#: Of a number that an article has in more places, the direction is not looked up in all.
_MOST_PLACES = 50
#: Characters between numbers that are told of each other: 6 wickets for 38.
_NEXT = 15
#: Where all numbers of an article are kept, as they are written.
_WRITTEN = "written"
#: Where a number is looked for beside its own dimension; what measures something, among plain ones.
_PLAINER = {
    BARE: (_WRITTEN,),
    SCORE: (_WRITTEN,),
    COUNT: (THINGS, BARE, SCORE, TIMES),  # 9.6倍太阳质量, 9.6个太阳
    THINGS: (COUNT, BARE, SCORE, TIMES),
    PERCENT: (SHARE, BARE),
    SHARE: (PERCENT,),  # one in thirty is no 3
    CLOCK: ("s",),
    "s": (BARE, THINGS),  # "under five", "the 31st day in a row"
    "month": (BARE, THINGS),
}


class Stock:
    """The quantities of an article, for questions."""

    def __init__(self, text: str, found: list[Found]) -> None:
        self._text = text
        self._all = found
        entries: dict[str, list[tuple[float, Found]]] = {}
        for one in [*found, *chain.from_iterable(one.parts for one in found)]:
            for reading in [*_meant(one, text), *_degrees(one)]:
                entries.setdefault(reading.dimension, []).append((reading.value, one))
                entries.setdefault(_WRITTEN, []).append((reading.value / reading.size, one))
        self._found = {
            name: sorted(values, key=lambda entry: entry[0]) for name, values in entries.items()
        }
        self._values = {
            name: [value for value, _ in values] for name, values in self._found.items()
        }

    def holds(self, one: Found, text: str) -> bool:
        """Whether the article has what *text* says at *one*, as a whole or in its parts."""
        return (
            self._has(one, text)
            or (bool(one.parts) and self._has_parts(one))
            or (bool(one.ratio) and self._ratios.has(one.ratio))
            or self._lasts(one)
        )

    def _has_parts(self, one: Found) -> bool:
        """Whether its parts occur that tell something; those of 6/38 next to each other."""
        places = [self._exactly(part) for part in one.parts if part.telling]
        if any(reading.dimension != SHARE for reading in one.readings):
            return all(places)
        return all(_next_to_each_other(*both) for both in pairwise(places))

    def _exactly(self, one: Found) -> list[Found]:
        """Where its value occurs; a plain one may be told as a score or a count."""
        names = {name for reading in one.readings for name in _same(reading.dimension)}
        values = {reading.value for reading in one.readings}
        return [
            found for name in names for value in values for found in self._near(name, value, value)
        ]

    def _has(self, one: Found, text: str) -> bool:
        hedge = _hedge(text, one)
        way = direction(text, one)
        return any(self._holds(reading, hedge, way, one.per) for reading in _meant(one, text))

    def holds_exactly(self, value: float) -> bool:
        """Whether the plain number occurs."""
        return any(self._near(dimension, value, value) for dimension in (BARE, COUNT, THINGS))

    @cached_property
    def _ratios(self) -> Ratios:
        return Ratios(self._all, self._text)

    def lasts(self, seconds: float) -> bool:
        """Whether something takes so long."""
        return any(self._near(dimension, seconds, seconds) for dimension in ("s", CLOCK))

    def _lasts(self, one: Found) -> bool:
        """Whether 2小时9分56秒 occurs as 2:09:56."""
        times = [r.value for r in one.readings if r.dimension == "s" and one.parts]
        return any(self._near(CLOCK, seconds, seconds) for seconds in times)

    def _holds(self, reading: Quantity, hedge: str, way: int, per: Sequence[Measure]) -> bool:
        if not reading.value:  # none are none in any unit
            return bool(self._near(_WRITTEN, 0, 0))
        low, high = _bounds(reading, hedge)
        plain, size = _PLAINER.get(reading.dimension, (BARE,)), reading.size
        places = chain(
            self._near(reading.dimension, low, high),
            *(self._near(dimension, low / size, high / size) for dimension in plain),
        )
        rate = "/" in reading.dimension
        return any(
            (not way or direction(self._text, found) != -way)
            and (rate or not _told_for_another(per, found.per))
            and (not found.exact or _tells(found, reading))
            for found in places
        )

    def _near(self, dimension: str, low: float, high: float) -> list[Found]:
        """The first of those between; who asks more looks at a text of one number."""
        values = self._values.get(dimension, [])
        slack = 1e-9 * max(abs(low), abs(high))
        start = bisect_left(values, low - slack)
        end = min(bisect_right(values, high + slack), start + _MOST_PLACES)
        return [found for _, found in self._found.get(dimension, [])[start:end]]


def _tells(found: Found, reading: Quantity) -> bool:
    """Whether it is the same value, of the same kind or as a plain number."""
    values = {(other.dimension, other.value) for other in found.readings}
    plain = reading.value / reading.size
    return (reading.dimension, reading.value) in values or any(
        (dimension, plain) in values for dimension in PLAIN
    )


def _next_to_each_other(first: list[Found], second: list[Found]) -> bool:
    starts = {found.start for found in second}
    return any(found.end + gap in starts for found in first for gap in range(_NEXT))


def _same(dimension: str) -> Sequence[str]:
    return (*PLAIN, SCORE) if dimension in PLAIN else (dimension,)


def _told_for_another(per: Sequence[Measure], other: Sequence[Measure]) -> bool:
    """Whether both are told for amounts of one dimension that differ: per kg, per ton."""
    mine, others = _measuring(per), _measuring(other)
    common = {name for name, _ in mine} & {name for name, _ in others}
    return bool(common) and not mine & others


def _measuring(per: Sequence[Measure]) -> set[Measure]:
    """Those that measure something, with months in seconds."""
    return {
        ("s", size * _MONTH) if name == "month" else (name, size)
        for name, size in per
        if name not in PLAIN
    }


_MONTH = 30 * 86400  #: seconds
#: From a temperature to others: the factor, and what is added then.
_DEGREES = {
    "C": (("F", 1.8, 32.0), ("K", 1.0, 273.15)),
    "F": (("C", 1 / 1.8, -32 / 1.8), ("K", 1 / 1.8, 273.15 - 32 / 1.8)),
    "K": (("C", 1.0, -273.15), ("F", 1.8, -459.67)),
}
_GROWS = re.compile(r"(?:增长|增加|增|提高|升|涨|扩大|多|高)(?:了|出|近|约|逾|超|超过)?\s?$")


def _meant(one: Found, text: str) -> list[Quantity]:
    """What the words mean, also in other words: 增长2倍 is three times, 90 days three months."""
    grows = _GROWS.search(text[max(0, one.start - 8) : one.start]) is not None
    found = [_grown(reading) if grows else reading for reading in one.readings]
    for reading in one.readings:
        if reading.dimension == "s" and reading.value % _MONTH == 0:
            found.append(reading.scaled("month", 1 / _MONTH))
        if reading.dimension == TIMES and grows:
            found.append(Quantity(PERCENT, reading.value * 100, 1, 1, 3))
    return found


def _degrees(one: Found) -> Iterator[Quantity]:
    """A temperature on other scales."""
    for reading in one.readings:
        for other, factor, added in _DEGREES.get(reading.dimension, ()):
            yield reading.scaled(other, factor).moved(other, added)


def _grown(reading: Quantity) -> Quantity:
    return reading.moved(TIMES, 1) if reading.dimension == TIMES else reading


_ABOUT, _OVER, _UNDER, _NEARLY = "about", "over", "under", "nearly"
_BEFORE = {
    _UNDER: "不到|不足|少于|低于|小于|不超过|不多于|至多|最多|less than|fewer than|under|below"
    "|up to|at most|no more than|<|≤",
    _OVER: "超过|超出|超|逾|突破|多于|高于|大于|不少于|不低于|至少|more than|over|above|at least"
    "|exceed(?:s|ed|ing)?|greater than|passed|surpass(?:es|ed|ing)?|topped|beyond|north of"
    "|upwards of|>|≥",
    _NEARLY: "将近|接近|近|几乎|nearly|almost|close to|just under|approaching",
    _ABOUT: r"大约|约|大概|约为|about|around|roughly|approximately|approx\.?|some|circa|ca\."
    "|~|≈|an estimated",
}
_HEDGES = {
    name: re.compile(rf"(?:{words})(?:达|为|是)?\s?(?:a |an )?$", re.IGNORECASE)
    for name, words in _BEFORE.items()
}
_BEHIND = {
    _OVER: re.compile(r"\s?(?:以上|有余|or more|or higher|plus\b)"),
    _UNDER: re.compile(r"\s?(?:以内|以下|之内|or less|or fewer)"),
    _ABOUT: re.compile(r"\s?(?:左右|上下|or so)"),
}


def _hedge(text: str, one: Found) -> str:
    """In which direction the words around a number let it differ."""
    own = text[one.start : one.end]
    if re.search(r"[多余+]|^[逾过超]", own.lstrip("+")):
        return _OVER
    before = text[max(0, one.start - 20) : one.start]
    for name, hedge in _HEDGES.items():  # 不超过 before 超过
        if hedge.search(before) or (name in _BEHIND and _BEHIND[name].match(text, one.end)):
            return name
    return ""


def _bounds(reading: Quantity, hedge: str) -> tuple[float, float]:
    """Between which values of an article a summary's value is a right one.

    It may be told less exactly, as a right rounding at its own last digit, by at most a fifth: 1 is
    no rounding of 1.4. That zeros at the end of a number hold places is believed of 1,000 and more
    with two other digits, or within 1%: 120 is not 124. "About" says it of any, within a tenth.
    "Over" and its like allow what is above by less than one of the last digit, and nothing below.
    """
    _, value, step, rounded, digits, size = reading
    if hedge == _OVER:
        return value, value + rounded * (1 - 1e-6)
    if hedge == _UNDER:
        return value - rounded * (1 - 1e-6), value
    if hedge == _NEARLY:
        return value - min(rounded, 0.15 * abs(value)), value
    if hedge == _ABOUT:
        within = min(rounded / 2, 0.1 * abs(value))
    elif digits > 1 and value >= 1000 * size:
        within = rounded / 2
    else:
        within = min(rounded / 2, 0.01 * abs(value))
    within = max(within, min(step / 2, 0.2 * abs(value)))
    return value - within, value + within


_UP = (
    r"增长|增加|增收|上升|上涨|上扬|上调|提高|提升|攀升|走高|(?<![每公毫/])升(?![学级旗国空])|涨|增(?!值税)|扩大|\+$|\brose\b"
    r"|\bris(?:e|es|en|ing)\b|\bincreas\w*|\bgrew\b|\bgrow\w*"
    r"|(?<!\bg[ai]ve )(?<!\bmade )(?<!\bmakes )(?<!\bset )\bup\b(?! to)"
    r"|\bclimb\w*|\bjump\w*|\bgain\w*|\bsurg\w*|\bsoar\w*|\bhigher\b|\badvanc\w*|\braised?\b|\bexpand\w*"
)
_DOWN = (
    r"下降|下跌|下滑|下调|减少|降低|降至|降幅|跌幅|回落|缩减|缩小|收窄|放缓|走低|零下|负(?![责债担面荷])|减|降(?![落水雨])|跌"
    r"|(?<![\w%])[-−]$|\bfell\b|\bfall\w*|\bdrop\w*|\bdeclin\w*|\bdecreas\w*|\bdown\b|\bslump\w*"
    r"|\breduc\w*|\bcut\w*|\blower\w*|\bshr[aiu]nk\w*|\bslid\w*|\bslip\w*|\bslow\w*"
    r"|\beas(?:e|ed|es|ing)\b|\bminus\b|\bplung\w*|\btumbl\w*|\blost\b"
)
_WAY = re.compile(rf"(?P<up>{_UP})|(?P<down>{_DOWN})", re.IGNORECASE)
_CLAUSE = re.compile(r"[\d。！？!?；;，:：\n\x00并]|,(?!\d)|\.(?!\d)|\b(?:and|but|while)\b")
_WAY_BEHIND = re.compile(
    r"(?:的|\s)?(?:(?P<up>增长|增幅|涨幅|升幅|increase|rise|growth|gain|jump|higher|more)"
    r"|(?P<down>降幅|跌幅|下降|drop|fall|decline|decrease|reduction|cut|lower|fewer|less))"
)


def direction(text: str, one: Found) -> int:
    """1 where the words next to a number say up, -1 where they say down, else 0."""
    before = text[max(0, one.start - 40) : one.start]
    own = text[one.start : one.start + 1]
    clause = _CLAUSE.split(before)[-1] + (own if own in "+-−" else "")
    ways = list(_WAY.finditer(clause))
    if ways:
        return 1 if ways[-1]["up"] else -1
    behind = _WAY_BEHIND.match(text, one.end)
    return 0 if behind is None else 1 if behind["up"] else -1
