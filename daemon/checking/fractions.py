"""Fractions, multiples, discounts and spans of time that are told in words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import numerals
from .numerals import HAN, Number
from .readings import CLOCK, SHARE, Found, Quantity
from .units import BARE, COUNT, PERCENT, THINGS, TIMES, UNIT, meaning

_FRACTIONS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5} | {
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
    "hundredth": 100,
    "thousandth": 1000,
}
_SMALL = "one|two|three|four|five|six|seven|eight|nine|ten"
_ALL = (
    r"(?:an?\ |one\ )?(?:hundred|thousand|million)|eleven|twelve"
    r"|(?:thir|four|fif|six|seven|eigh|nine)teen"
    rf"|(?:twent|thirt|fort|fift|sixt|sevent|eight|ninet)y|{_SMALL}|\d{{1,3}}(?:,\d{{3}})*"
)
_MULTIPLES = {
    "doubl": 2,
    "tripl": 3,
    "trebl": 3,
    "quadrupl": 4,
    "quintupl": 5,
    "twice": 2,
    "thrice": 3,
}
_FIGURE_OR_HAN = rf"(?:\d+(?:\.\d+)?|{HAN})"
#: Behind a fraction that is no ordinal: a third less, up a fifth to 5 million.
_BEHIND = (
    "to|from|in|on|at|since|after|over|under|below|above|short|shy|ahead|behind|beyond|down|up"
    "|less|more|fewer|higher|lower|larger|smaller|bigger"
    "|cheaper|faster|slower|longer|shorter|compared|between|as|by|during|and|or|but|this|last|were"
    "|was|are|is|had|have|said|say|would|will|could|against|year|percentage|percent"
)
#: And before one: half as many, half price.
_HALF_OF = "as|price|off|that|their|his|her|its|those|these|our|what|again"
SPECIAL = rf"""
    (?P<parts>百万分之|十亿分之|百分之|千分之|万分之)(?P<part>{_FIGURE_OR_HAN})
    |(?P<below>{_FIGURE_OR_HAN})分之(?P<above>{_FIGURE_OR_HAN})
    |(?<![\d./])(?P<over>\d{{1,2}})/(?P<under>\d{{1,3}})(?![\d/])(?P<slash_unit>{UNIT})?
    |(?<![-–:.\w])(?P<of>(?i:{_SMALL})|\d{{1,3}})
       [-\ ](?P<between>in|out[-\ ]of|of\ every|for)[-\ ](?:every\ )?
       (?P<all>{_ALL})\b(?!{UNIT}|[.,]?\d)
    |每(?P<every>{_FIGURE_OR_HAN})[个名位]?[人户家辆件台]?[中里]?就?有(?P<some>{_FIGURE_OR_HAN})
    |\b(?:(?P<times>(?i:an?|(?P<sure>{_SMALL})))[-\ ])?
       (?P<fraction>[Hh]alf|halves
         |(?:third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth|hundredth|thousandth)s?)
       (?(sure)\b(?!-)|(?=[-\ ]of\b|[-\ ](?:an?|the)\b|\ (?:percentage|percent)|(?<=s)\b(?!\ ?\d)
         |[-\ ](?:point|century)\b
         |(?<=alf)[-\ ](?:(?:{_HALF_OF})\b|hour|dozen|million|billion|mile|day)
         |(?(times)\ (?:{_BEHIND})\b|(?!))
         |\s*(?:[.,;:!?)\x00]|$)))(?P<whole>\ of)?(?:\ an?\b)?
       (?:(?P<fraction_unit>{UNIT})
         |\ (?P<fraction_scale>hundred|thousand|million|billion|trillion|dozen)\b)?
    |(?P<tenths>[一二三四五六七八九])成(?P<hundredths>[一二三四五六七八九半])(?![名个家])
    |(?P<discount>(?<![\d.])\d(?:\.\d)?|(?<![\d.])\d\d|(?<!一波)[一二三四五六七八九]{{1,2}})折
       (?![叠磨腾射返旧算线合页扇])
    |\b(?P<span>decade|century|fortnight|(?<=\ba\ )(?:year|month|week|day|minute|mile|tonne|litre)
       |(?<=\ban\ )(?:hour|acre))
       (?P<span_and>\ and\ (?:a\ (?:half|quarter)|three[-\ ]quarters)(?![-\ ](?:dozen|million)))?\b
    |(?P<half>一半|半数|半价|减半|腰斩|对半|对折|折半|(?:[逾过超]|(?<=近))半(?![年天月日小个夜途路程百空]))
    |半(?P<half_unit>个百分点|个世纪|世纪|个月|个?小时|个?钟头|年(?!报)|天|茶匙|汤匙|公斤|斤|升|吨|公里|亩|磅)
    |翻了?(?P<turned>[一两二三四](?=番)|一?(?=倍)|(?=番))[番倍]
    |\b(?P<multiple>(?i:doubl|tripl|trebl|quadrupl|quintupl)(?:es|ed|ing|e)|(?i:twice|thrice))\b
    |\b(?P<fold>(?i:{_SMALL}))-?fold\b
    |\b(?P<halved>[Hh]alv(?:e|es|ed|ing))\b
    |(?<![\d:.])(?:(?P<lap_hours>\d{{1,2}}):)?(?P<lap_minutes>\d{{1,2}}):(?P<lap>\d\d\.\d{{1,3}})(?![\d:.]\d)
"""
#: How they begin where no digit and no numeral does.
BEGIN = r"[逾过超]?半|翻|减半|腰斩|对[半折]|折半|每(?=[\d一二三四五六七八九十百千万])"
BEGIN_ENGLISH = (
    r"hal[fv]|decade|century|fortnight|(?<=a\ )(?:year|month|week|day|minute|mile|tonne|litre)"
    r"|(?<=an\ )(?:hour|acre)|quarter|doubl|tripl|trebl|quadrupl|quintupl|twice|thrice"
)
#: Said of a thing as well: a double room.
_UNSURE = re.compile(r"(?i:double|triple|treble|quadruple|quintuple)\Z")
_WHAT = re.compile(r"\ (?:the|that|its|their|what)\b")
#: Of another amount that is told: half of that.
_OF_THAT = re.compile(
    r"(?:\ of)?\ (?:that|this|it|as\ (?:many|much)"
    r"|the\ (?:price|cost|number|amount|rate|level|size|length|weight|speed))\b"
)
_OF_IT = re.compile(r"(?:其|前者|后者|此数|它)的?$")
#: "The half" is of a year or of a match.
_THE = re.compile(r"\b(?:the|this|that|last|each)\ $")
_STOPS = re.compile(r"\s*(?:[.,;:!?)\x00]|$)")


def special(match: re.Match[str]) -> Found | None:
    """What a match of SPECIAL says; None where it is nothing."""
    group = match.groupdict()
    readings = list(_readings(group))
    parts = tuple(_parts(match, group))
    if not readings and not parts:
        return None
    return Found(
        *match.span(),
        readings,
        telling=_telling(match, group),
        parts=parts,
        ratio=_ratio(match, group, readings),
    )


def _telling(match: re.Match[str], group: dict[str, str | None]) -> bool:
    if group["span"]:  # "the decade" may be any
        return group["span_and"] is not None
    if match[0] == "half" and _THE.search(match.string, max(0, match.start() - 9), match.start()):
        return _STOPS.match(match.string, match.end()) is None
    unsure = _UNSURE.match(group["multiple"] or "")
    return unsure is None or _WHAT.match(match.string, match.end()) is not None


def _ratio(match: re.Match[str], group: dict[str, str | None], readings: list[Quantity]) -> float:
    if group["halved"] or group["half"] in {"减半", "腰斩"}:
        return 0.5
    if group["half"] == "一半" and _OF_IT.search(
        match.string, max(0, match.start() - 4), match.start()
    ):
        return 0.5
    if group["fraction"] and _OF_THAT.match(match.string, match.end()):
        return next((r.value / 100 for r in readings if r.dimension == SHARE), 0.0)
    if group["multiple"] or group["turned"] is not None:
        return readings[0].value
    return 0.0


def _parts(match: re.Match[str], group: dict[str, str | None]) -> Iterator[Found]:
    """The numbers of 6/38 and "6 for 38", which may be no share."""
    for first, second in (("over", "under"), ("of", "all")):
        for name in (first, second):
            if group[first] and (number := _value(group[name])):
                readings = [Quantity(THINGS, *number), Quantity(BARE, *number)]
                yield Found(*match.span(name), readings)


def _readings(group: dict[str, str | None]) -> Iterator[Quantity]:
    if parts := group["parts"]:
        dimension, size = {
            "百": (PERCENT, 1.0),
            "千": (PERCENT, 0.1),
            "万": (PERCENT, 0.01),
            "百万": ("ppm", 1.0),
            "十亿": ("ppm", 0.001),
        }[parts.removesuffix("分之")]
        if number := _value(group["part"]):
            yield Quantity(dimension, *number).scaled(dimension, size)
    elif group["tenths"]:
        tenths, hundredths = (
            "零一二三四五六七八九".find(group[name] or "") for name in ("tenths", "hundredths")
        )
        yield Quantity(PERCENT, 10.0 * tenths + (hundredths if hundredths > 0 else 5), 1, 1, 2)
    elif group["below"] or group["over"] or group["of"] or group["every"]:
        yield from _ratio_share(group)
    elif group["fraction"]:
        yield from _fraction(group)
    elif group["half"] or group["halved"]:
        yield _share(0.5)
    else:
        yield from _others(group)


def _others(group: dict[str, str | None]) -> Iterator[Quantity]:
    if discount := group["discount"]:
        yield from _discount(discount)
    elif span := group["span"]:
        whole = 1 + numerals.part_of(group["span_and"])
        for measure in meaning(span):
            yield Quantity(BARE, whole, 0.01, 0.01, 3).scaled(*measure)
    elif unit := group["half_unit"]:
        for measure in meaning(unit) or meaning("个" + unit):
            yield Quantity(BARE, 0.5, 0.1, 0.1, 1).scaled(*measure)
    elif group["lap"]:
        yield from _lap(group)
    else:
        yield from _multiples(group)


def _ratio_share(group: dict[str, str | None]) -> Iterator[Quantity]:
    """三分之一, 1/3, "one in three", 每三人有一人."""
    if group["between"] == "for":  # "6 for 38"
        return
    above = _value(group["above"] or group["over"] or group["of"] or group["some"])
    below = _value(group["below"] or group["under"] or group["all"] or group["every"])
    if above and below and 0 < above.value < below.value:
        yield _share(above.value / below.value)
        for measure in meaning(group["slash_unit"] or ""):
            yield Quantity(BARE, above.value / below.value, 0.01, 0.01, 2).scaled(*measure)


def _fraction(group: dict[str, str | None]) -> Iterator[Quantity]:
    """Half a point, half a million, two thirds."""
    times = _value(group["times"])
    part = (group["fraction"] or "").lower()
    below = 2 if part == "halves" else _FRACTIONS[part.removesuffix("s")]
    share = (times.value if times else 1) / below
    one = Quantity(BARE, share, 0.01, 0.1, 1)
    if scale := group["fraction_scale"]:
        yield one.scaled(BARE, numerals.scale_of(scale))._replace(size=1.0)
    for measure in meaning(group["fraction_unit"] or ""):
        yield one.scaled(*measure)
    if part == "quarter" and not (group["times"] or group["whole"]):
        return  # of a year, or of a match
    yield _share(share)
    if below > 2 and not times:  # "finished eighth."
        yield Quantity(COUNT, below, 1, 1, 1)


def _discount(told: str) -> Iterator[Quantity]:
    """八折 is 80% of the price, 20% off it."""
    digits = "".join(str("一二三四五六七八九".find(sign) + 1 or sign) for sign in told)
    share = float(digits) * (1 if len(digits) == 2 else 10)
    yield Quantity(PERCENT, share, 1, 1, 2)
    yield Quantity(PERCENT, 100 - share, 1, 1, 2)


def _lap(group: dict[str, str | None]) -> Iterator[Quantity]:
    """Minutes, seconds and their hundredths: 2:05.31."""
    told = group["lap"] or ""
    minutes = 60 * int(group["lap_hours"] or 0) + int(group["lap_minutes"] or 0)
    step = 10.0 ** -len(told.partition(".")[2])
    seconds = 60 * minutes + float(told)
    yield Quantity(CLOCK, seconds, step, step, 9)
    if not group["lap_hours"]:  # 08:30:00.123 is a time of day as often
        yield Quantity("s", seconds, step, step, 9)


def _multiples(group: dict[str, str | None]) -> Iterator[Quantity]:
    if (turned := group["turned"]) is not None:
        times = 2.0 ** {"": 1, "一": 1, "两": 2, "二": 2, "三": 3, "四": 4}[turned]
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
    return Quantity(SHARE, 100 * share, 2, 10 if share == 0.5 else 5, 2)


def _value(text: str | None) -> Number | None:
    if text is None or text.lower() in {"a", "an"}:
        return None
    if text[0].isdecimal():
        return numerals.figures(text)
    return next(numerals.words(text.lower()))[2] if text.isascii() else numerals.han(text)
