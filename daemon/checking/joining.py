"""Numbers next to each other: what they share, and what they are together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .readings import PLAIN, SCORE, Found, Measure, Quantity
from .units import CURRENCY

_MONEY = re.compile(CURRENCY)
_SCORES = frozenset(["-", "–", ":", "比"])
#: Between numbers that share the unit of the last one: 10-15%, 17.3、19.1%.
_SHARES = re.compile(r"\s?(?:-|–|—|~|至|到|to|and|or|和|或|、|/)\s?")
#: Between the parts of one quantity: 2小时9分, 2 hours, 9 minutes and 56 seconds.
_JOINS = re.compile(r"[-\s]?|\s?零|,?\s(?:and\s)?")
_DIGIT = re.compile(r"\d|(?<=[块米])[一二三四五六七八九](?![十百千万亿])")
#: Behind them stand digits of the next smaller unit, and how many: 46秒48, 3块5, 1米86.
_DIGITS_BEHIND = {"秒": 2, "块": 1, "米": 2}
_OTHER_METRES = frozenset("厘毫千方微纳")


def joined(found: list[Found], text: str) -> list[Found]:
    """*found* in its order: numbers with what they share, and parts of one quantity as one."""
    shared = found[:1]
    for following in found[1:]:
        shared.append(_sharing(shared[-1], following, text))
    return list(_wholes(shared, text))


def _sharing(one: Found, following: Found, text: str) -> Found:
    """*following* with what *one* shares with it; *one* gets its own at its place."""
    between = text[one.end : following.start]
    if between in _SCORES and one.is_plain and following.is_plain:
        for number in (one, following):
            number.readings[:] = [r._replace(dimension=SCORE) for r in number.readings]
    elif len(between) < 6 and _SHARES.fullmatch(between):
        following.readings.extend(_carried(one, following, text))
        one.readings.extend(_shared(one, following))
        if one.per and not following.per:
            following.readings.extend(rates(following.readings, one.per))
            return following._replace(per=one.per)
        if following.per and not one.per:
            one.readings.extend(rates(one.readings, following.per))
    return following


def _carried(one: Found, following: Found, text: str) -> list[Quantity]:
    """What *following* means as *one*, in money, "months to six", and below zero: $30–32."""
    goes_on = following.is_plain and text[one.end : following.start].strip() == "to"
    found = _shared(following, one) if goes_on or _MONEY.match(text, one.start) else []
    if any(reading.value < 0 for reading in one.readings):
        found += [reading._replace(value=-reading.value) for reading in following.readings]
    return found


def _shared(one: Found, following: Found) -> list[Quantity]:
    """What *one* means with the unit, or the scale, of the number that follows."""
    return [
        reading.scaled(dimension if reading.dimension in PLAIN else reading.dimension, size)
        for reading in one.readings
        for dimension, size in following.measures
        if reading.dimension in PLAIN or dimension in PLAIN
    ]


def rates(readings: list[Quantity], per: Sequence[Measure]) -> list[Quantity]:
    """What measures something, for one of the first unit of what it is told for: 元/公斤."""
    return [
        reading.scaled(f"{reading.dimension}/{dimension}", 1 / size)
        for reading in readings
        for dimension, size in per
        if reading.dimension not in PLAIN and "/" not in reading.dimension
    ]


def _wholes(found: list[Found], text: str) -> Iterator[Found]:
    """Parts that are one quantity in units of different size as one, and all others."""
    parts: list[Found] = []
    for one in found:
        if parts and not _goes_on(parts[-1], one, text):
            yield from _whole(parts)
            parts = []
        parts.append(one)
    yield from _whole(parts)


def _goes_on(one: Found, following: Found, text: str) -> bool:
    """Whether *following* has a smaller unit of what *one* measures, and is less than one of it."""
    if not _JOINS.fullmatch(text, one.end, following.start):
        return False
    most = _DIGITS_BEHIND.get(text[one.end - 1], 0) * (text[one.end - 2] not in _OTHER_METRES)
    if most and one.end == following.start and _DIGIT.match(text, one.end) and following.is_plain:
        return following.end - following.start <= most
    return any(
        mine.dimension == other.dimension not in PLAIN and other.value < mine.size
        for mine in one.readings
        for other in following.readings
    )


def _whole(parts: list[Found]) -> list[Found]:
    """*parts* as one; as they are where they measure nothing together: 5元 3分 20秒."""
    if len(parts) < 2:
        return parts
    first, *rest = parts
    sums = [_sum(reading, rest) for reading in first.readings if reading.dimension not in PLAIN]
    readings = [total for total in sums if total is not None]
    if not readings:
        return parts
    per = first.per or rest[-1].per
    return [Found(first.start, rest[-1].end, readings, per=per, parts=tuple(parts))]


def _sum(total: Quantity, rest: list[Found]) -> Quantity | None:
    """*total* with its smaller parts; None where they do not measure the same."""
    smallest = total.size
    for part in rest:
        same = [r for r in part.readings if r.dimension == total.dimension]
        if not (same or part.is_plain):
            return None
        own = same[0] if same else _digits_behind(total.dimension, smallest, part)
        smallest = own.size
        total = total._replace(
            value=total.value + own.value, step=own.step, rounded=own.step, digits=9
        )
    return total


def _digits_behind(dimension: str, size: float, part: Found) -> Quantity:
    """The 48 of 46秒48."""
    return part.readings[0].scaled(dimension, size * 10.0 ** -(part.end - part.start))
