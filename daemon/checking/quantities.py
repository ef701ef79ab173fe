"""Quantities of a text: numbers with what they measure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from . import numerals
from .numerals import FIGURES, HAN, WORDS, Number
from .scanning import matches
from .units import BARE, COUNT, CURRENCIES, CURRENCY, PERCENT, THINGS, TIMES, UNIT, meaning


class Quantity(NamedTuple):
    """One reading of a number, in the first unit of its dimension."""

    dimension: str
    value: float
    step: float  #: the place of its last digit
    rounded: float  #: the same, where zeros at its end only hold places
    digits: int  #: significant ones
    size: float = 1.0  #: of the unit in which it is written

    def scaled(self, dimension: str, size: float) -> Quantity:
        _, value, step, rounded, digits, own = self
        return Quantity(dimension, value * size, step * size, rounded * size, digits, own * size)


class Found(NamedTuple):
    """A number where it stands, with all that it may mean."""

    start: int
    end: int
    readings: list[Quantity]
    telling: bool = True  #: False for 一 and "first", which are words as often as numbers
    #: Dimension and size of one, for a number before that shares them.
    measures: Sequence[tuple[str, float]] = ()
    parts: tuple[Found, ...] = ()  #: of 2 hours 9 minutes, which are one quantity

    @property
    def is_plain(self) -> bool:
        """Whether it is a number and nothing else."""
        return list(self.measures) == [(BARE, 1.0)]


#: Dimensions of numbers that measure nothing.
PLAIN = frozenset([BARE, COUNT, THINGS])
#: A number of a score, 3-2: it may be told in other words, but it measures nothing.
SCORE = "score"
_SCORES = frozenset(["-", "–", ":", "比"])

_FRACTIONS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5} | {
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
}
_SMALL = "one|two|three|four|five|six|seven|eight|nine|ten"
_MULTIPLES = {
    "doubl": 2,
    "tripl": 3,
    "trebl": 3,
    "quadrupl": 4,
    "quintupl": 5,
    "twice": 2,
}
_FIGURE_OR_HAN = rf"(?:\d+(?:\.\d+)?|{HAN})"
_NUMBER = re.compile(
    rf"""
    (?P<parts>百分之|千分之|万分之)(?P<part>{_FIGURE_OR_HAN})
    |(?P<below>{_FIGURE_OR_HAN})分之(?P<above>{_FIGURE_OR_HAN})
    |(?<![\d./])(?P<over>\d{{1,2}})/(?P<under>\d{{1,3}})(?![\d/])
    |(?<![-–:.\w])(?P<of>(?i:{_SMALL})|\d{{1,2}})[-\ ](?:in|out[-\ ]of)[-\ ](?:every\ )?
       (?P<all>{_SMALL}|\d{{1,3}})\b(?!{UNIT}|[.,]?\d)
    |\b(?:(?P<times>(?i:an?|(?P<sure>{_SMALL})))[-\ ])?
       (?P<fraction>[Hh]alf|halves
         |(?:third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth)s?)
       (?(sure)\b(?!-)|(?=[-\ ]of\b|[-\ ](?:an?|the)\b|\ (?:percentage|percent)|(?<=s)\b(?!\ ?\d)
         |\s*(?:[.,;:!?)\x00]|$)))(?P<whole>\ of)?(?:\ an?)?
       (?:(?P<fraction_unit>{UNIT})
         |\ (?P<fraction_scale>hundred|thousand|million|billion|trillion|dozen)\b)?
    |(?P<tenths>[一二三四五六七八九])成(?P<hundredths>[一二三四五六七八九半])(?![名个家])
    |\b(?P<span>decade|century|fortnight|(?<=\ba\ )(?:year|month|week|day|minute)|(?<=\ban\ )hour)\b
    |(?P<half>一半|半数)|半(?P<half_unit>个百分点|个月|个?小时|年|天)
    |翻(?P<turned>[一两二三](?=番)|一?(?=倍)|(?=番))[番倍]
    |\b(?P<multiple>(?i:doubl|tripl|trebl|quadrupl|quintupl)
       (?:es|ed|ing|e(?=\ (?:the|that|its|what)\b))|[Tt]wice)\b
    |\b(?P<fold>(?i:{_SMALL}))-?fold\b
    |\b(?P<halved>[Hh]alv(?:e|es|ed|ing))\b
    |(?P<currency>{CURRENCY})?(?:(?<![A-Za-z\d])(?P<sign>[-+−±])\ ?)?
     (?P<vague>[数几好](?=[十百千万亿]))?(?P<ordinal>第)?
     (?:(?P<figures>{FIGURES})|(?P<han>{HAN})|(?P<words>(?i:{WORDS})))
     (?P<th>(?:st|nd|rd|th)\b)?
     (?P<more>\ ?(?:个?多|余|几)\ ?(?P<more_scale>[十百千万亿]*)|\+(?!\d))?
     (?P<and_half>\ and\ a\ half|个半|\ ?½)?(?P<unit>{UNIT}(?P<half_behind>半)?)?
    """,
    re.VERBOSE,
)
# How each of them begins.
_BEGIN = re.compile(
    r"[\d零〇一二两三四五六七八九十百千万亿半翻第$€£¥￥₩₹₽]|[+\-−±]\ ?(?=[\d$€£])"
    r"|[数几好](?=[十百千万亿])"
    r"|人民币|\b(?:RMB|CNY|USD|EUR|GBP|JPY|US\$|HK\$|NT\$|[ACS]\$"
    r"|(?i:(?:per|every)\ (?=hundred|thousand|[mbtr]+illion)"
    r"|an?\ (?:hundred|thousand|[mbtr]+illion|dozen|half|third|quarter|f|s|e|n|t)"
    r"|one|two|three|four|five|six|seven|eight|nin|ten|eleven|twel|thirt|fift|twent|fort|zero"
    r"|hundred|thousand|[mbtr]+illion|dozen|lakh|crore|first|second|third|fifth|hal[fv]"
    r"|decade|century|fortnight|(?<=a\ )(?:year|month|week|day|minute)|(?<=an\ )hour"
    r"|quarter|doubl|tripl|trebl|quadrupl|quintupl|twice))"
)
#: Words that stand behind a number without being counted by it.
_NO_NOUN = frozenset(
    "and or of in to from for by on at per as a an the with than is was were are had has have but "
    "up down while when after before during between compared respectively versus vs out more less "
    "that which who this last next it its not".split()
)
_MONEY = re.compile(CURRENCY)
_HOURLY = re.compile(r"(?:时速|每小时)[^\d，。；,;]{0,6}$")
_NOUN = re.compile(r"[-\ ]([a-z]{2,20})(?![A-Za-z])")
_ENUMERATES = re.compile(r"\s?[,，、:：]")


#: Between numbers that share the unit of the last one: 10-15%, 17.3、19.1%.
_SHARES = re.compile(r"\s?(?:-|–|—|~|至|到|to|and|or|和|或|、|/)\s?")


def numbers(text: str) -> list[Found]:
    """The quantities of *text*, in its order."""
    found = [one for match in matches(_BEGIN, _NUMBER, text) for one in _read(match)]
    for one, following in pairwise(found):
        between = text[one.end : following.start]
        if between in _SCORES and one.is_plain and following.is_plain:
            for number in (one, following):
                number.readings[:] = [r._replace(dimension=SCORE) for r in number.readings]
        elif len(between) < 6 and _SHARES.fullmatch(between):
            following.readings.extend(_carried(one, following, text))
            one.readings.extend(_shared(one, following))
    return list(_joined(found, text))


#: Between the parts of one quantity: 2小时9分, 2 hours, 9 minutes and 56 seconds.
_JOINS = re.compile(r"[-\s]?|\s?零|,?\s(?:and\s)?")


def _joined(found: list[Found], text: str) -> Iterator[Found]:
    """Parts that are one quantity in units of different size as one, and all others."""
    parts: list[Found] = []
    for one in found:
        if parts and not _goes_on(parts[-1], one, text):
            yield _whole(parts, text)
            parts = []
        parts.append(one)
    if parts:
        yield _whole(parts, text)


def _goes_on(one: Found, following: Found, text: str) -> bool:
    """Whether *following* has a smaller unit of what *one* measures, and is less than one of it."""
    if not _JOINS.fullmatch(text, one.end, following.start):
        return False
    if one.end == following.start and text[one.end - 1] == "秒":  # 46秒48
        return following.is_plain and following.end - following.start <= 2
    return any(
        mine.dimension == other.dimension not in PLAIN and other.value < mine.size
        for mine in one.readings
        for other in following.readings
    )


def _whole(parts: list[Found], text: str) -> Found:
    if len(parts) == 1:
        return parts[0]
    first, *rest = parts
    readings = [_sum(reading, rest) for reading in first.readings if reading.dimension not in PLAIN]
    return Found(first.start, rest[-1].end, readings, parts=tuple(parts))


def _sum(total: Quantity, rest: list[Found]) -> Quantity:
    """*total* with its smaller parts."""
    for part in rest:
        same = [r for r in part.readings if r.dimension == total.dimension]
        own = same[0] if same else _hundredths(part)
        total = total._replace(
            value=total.value + own.value, step=own.step, rounded=own.step, digits=9
        )
    return total


def _hundredths(part: Found) -> Quantity:
    """The 48 of 46秒48."""
    digits = part.end - part.start
    return part.readings[0].scaled(part.readings[0].dimension, 10.0**-digits)


def _carried(one: Found, following: Found, text: str) -> list[Quantity]:
    """What *following* means with the currency before *one*, and below zero with it: $30–32."""
    found = _shared(following, one) if _MONEY.match(text, one.start) else []
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


def _read(match: re.Match[str]) -> Iterator[Found]:
    group = match.groupdict()
    if words := group["words"]:
        yield from _words(match, words.lower())
    elif group["figures"] or group["han"]:
        yield from _plain(match, group)
    else:
        readings = list(_special(group))
        if readings:  # "the decade" may be any
            yield Found(*match.span(), readings, telling=not group["span"])


def _plain(match: re.Match[str], group: dict[str, str | None]) -> Iterator[Found]:
    text = group["figures"] or group["han"] or ""
    number = numerals.figures(text) if group["figures"] else numerals.han(text)
    if number is None or group["vague"] or "几" in (group["more"] or ""):
        return
    if group["and_half"] or group["half_behind"]:
        number = numerals.and_a_half(number)
    if group["more_scale"]:
        number = numerals.scaled(number, group["more_scale"])
    measures = _measures(match, group)
    scale = numerals.scale_of(text) if group["figures"] else 1.0
    telling = _telling(match, group, number)
    readings = [Quantity(BARE, *number).scaled(*measure) for measure in measures]
    if _below_zero(match, group):
        readings = [reading._replace(value=-reading.value) for reading in readings]
    yield Found(
        *match.span(),
        readings + _letter(text, group),
        telling,
        [(dimension, size * scale) for dimension, size in measures],
    )


_TEMPERATURES = frozenset(["C", "F"])
_BELOW_ZERO = re.compile(r"(?:零下|负|\bminus)\s?$")


def _below_zero(match: re.Match[str], group: dict[str, str | None]) -> bool:
    """Whether it is a temperature with its sign."""
    if _TEMPERATURES.isdisjoint(name for name, _ in meaning(group["unit"] or "")):
        return False
    before = match.string[max(0, match.start() - 6) : match.start()]
    signed = group["sign"] in {"-", "−"} or _BELOW_ZERO.search(before) is not None
    return signed or match.string.startswith(" below zero", match.end())


def _letter(text: str, group: dict[str, str | None]) -> list[Quantity]:
    """17m may be metres as well as millions, 5k a name."""
    if text[-1] not in "mMbBkK" or group["currency"] or group["unit"]:
        return []
    number = numerals.figures(text[:-1])
    units = meaning(text[-1]) or [(BARE, 1.0)]
    return [Quantity(BARE, *number).scaled(*unit) for unit in units] if number else []


def _measures(match: re.Match[str], group: dict[str, str | None]) -> list[tuple[str, float]]:
    if currency := group["currency"]:
        return [(name, 1.0) for name in CURRENCIES[currency.strip()]]
    if unit := (group["unit"] or "").removesuffix("半"):
        measured = [
            *_rank(group),  # 第五年 is the fifth
            *meaning(unit),
            *([(COUNT, 1.0)] if unit == "s" else []),
        ]  # 787s are no seconds
        if _HOURLY.search(match.string, max(0, match.start() - 12), match.start()):
            measured += [("m/s", size / 3600) for name, size in measured if name == "m"]
        return measured
    if rank := _rank(group):
        return rank
    noun = _NOUN.match(match.string, match.end())
    return [(THINGS if noun and noun[1] not in _NO_NOUN else BARE, 1.0)]


def _rank(group: dict[str, str | None]) -> list[tuple[str, float]]:
    """The 31st day is one of 31."""
    return [(COUNT, 1.0), (THINGS, 1.0)] if group["ordinal"] or group["th"] else []


def _telling(match: re.Match[str], group: dict[str, str | None], number: Number) -> bool:
    han, unit = group["han"], group["unit"] or ""
    if han is None:
        return True
    if match[0] == "十分":  # "very"
        return False
    if group["ordinal"]:
        listed = not unit and _ENUMERATES.match(match.string, match.end())
        return number.value > 1 and not listed
    if unit == "度":  # "again"
        return False
    if not unit:
        return len(han) > 2 and han[0] not in "百千万亿"
    return (number.value > 1 and han[0] not in "百千万亿") or len(han) > 2


def _words(match: re.Match[str], words: str) -> Iterator[Found]:
    """English words may be several numbers in a row; the unit belongs to the last one."""
    start = match.start("words")
    all_of_them = list(numerals.words(words))
    for at, end, plain, ordinal in all_of_them:
        last = end == all_of_them[-1][1]
        group = match.groupdict()
        measures = _measures(match, group) if last else [(BARE, 1.0)]
        number = numerals.and_a_half(plain) if last and group["and_half"] else plain
        telling = number.value > (2 if ordinal else 1)
        if ordinal and _ENUMERATES.match(match.string, start + end):
            telling = False
        yield Found(
            match.start() if at == 0 else start + at,
            match.end() if last else start + end,
            [Quantity(BARE, *number).scaled(*measure) for measure in measures],
            telling,
            measures,
        )


def _special(group: dict[str, str | None]) -> Iterator[Quantity]:
    """What fractions, multiples and 百分之 say."""
    if parts := group["parts"]:
        number = _value(group["part"])
        size = {"百": 1.0, "千": 0.1, "万": 0.01}[parts[0]]
        if number:
            yield Quantity(PERCENT, *number).scaled(PERCENT, size)
    elif group["tenths"]:
        tenths, hundredths = (
            "零一二三四五六七八九".find(group[name] or "") for name in ("tenths", "hundredths")
        )
        yield Quantity(PERCENT, 10.0 * tenths + (hundredths if hundredths > 0 else 5), 1, 1, 2)
    elif group["below"] or group["over"] or group["of"]:
        above = _value(group["above"] or group["over"] or group["of"])
        below = _value(group["below"] or group["under"] or group["all"])
        if above and below and 0 < above.value < below.value:
            yield _share(above.value / below.value)
    elif group["fraction"]:
        yield from _fraction(group)
    elif group["half"] or group["halved"]:
        yield _share(0.5)
    elif span := group["span"]:
        yield from (Quantity(BARE, 1, 1, 1, 1).scaled(*measure) for measure in meaning(span))
    elif unit := group["half_unit"]:
        for measure in meaning(unit):
            yield Quantity(BARE, 0.5, 0.1, 0.1, 1).scaled(*measure)
    else:
        yield from _multiples(group)


def _fraction(group: dict[str, str | None]) -> Iterator[Quantity]:
    """Half a point, half a million, two thirds."""
    times = _value(group["times"])
    part = (group["fraction"] or "").lower()
    below = 2 if part == "halves" else _FRACTIONS[part.removesuffix("s")]
    share = (times.value if times else 1) / below
    one = Quantity(BARE, share, 0.01, 0.01, 2)
    if scale := group["fraction_scale"]:
        yield one.scaled(BARE, numerals.scale_of(scale))._replace(size=1.0)
    for measure in meaning(group["fraction_unit"] or ""):
        yield one.scaled(*measure)
    if part == "quarter" and not (group["times"] or group["whole"]):
        return  # of a year, or of a match
    yield _share(share)
    if below > 2 and not times:  # "finished eighth."
        yield Quantity(COUNT, below, 1, 1, 1)


def _multiples(group: dict[str, str | None]) -> Iterator[Quantity]:
    if (turned := group["turned"]) is not None:
        times = 2.0 ** {"": 1, "一": 1, "两": 2, "二": 2, "三": 3}[turned]
    elif multiple := group["multiple"]:
        word = multiple.lower()
        times = next(float(value) for stem, value in _MULTIPLES.items() if word.startswith(stem))
    else:
        number = _value(group["fold"])
        times = number.value if number else 0.0
    yield Quantity(TIMES, times, 1, 1, 1)
    yield Quantity(COUNT, times, 1, 1, 1)  # it happened twice
    yield Quantity(PERCENT, 100 * (times - 1), 1, 1, 3)


def _share(share: float) -> Quantity:
    """A fraction is told where a percentage is near it: two thirds for 66%."""
    return Quantity(PERCENT, 100 * share, 2, 5, 2)


def _value(text: str | None) -> Number | None:
    if text is None or text.lower() in {"a", "an"}:
        return None
    if text[0].isdecimal():
        return numerals.figures(text)
    return next(numerals.words(text.lower()))[2] if text.isascii() else numerals.han(text)
