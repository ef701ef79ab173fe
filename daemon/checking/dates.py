"""Dates and times of a text, in Chinese, English and digits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from . import numerals
from .scanning import matches


class Day(NamedTuple):
    """A date, or a part of one."""

    year: int | None = None
    month: int | None = None
    day: int | None = None


class Period(NamedTuple):
    """A part of a year, a decade or a century, told by its number."""

    kind: str  #: quarter, half, months (the first of a year), decade, century
    number: int

    @property
    def months(self) -> int:
        """How many; 0 of a decade and a century."""
        return {"months": self.number, "quarter": 3, "half": 6}.get(self.kind, 0)


class Clock(NamedTuple):
    """A time of day, or a duration in the same form, in seconds; without 下午 or p.m. it is two."""

    seconds: int
    other: int


Time = Day | Period | Clock
#: Where it stands, and the dates that it names.
Dated = tuple[int, int, list[Time]]

_HAN = "零〇一二三四五六七八九十"
_N = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_YEAR = r"(?:\d{4}|[零〇一二三四五六七八九]{4})"
_TO = r"\s?(?:-|–|—|~|至|到|to|through|until|and|、|和)+\s?"
_NAMES = "January February March April May June July August September October November December"
_MONTHS = {name[:3].lower(): number for number, name in enumerate(_NAMES.split(), start=1)}
MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_WEEKDAY = r"(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\.?,?\s)?"
_HAN_WEEKDAY = r"(?:\s?[（(](?:周|星期)[一二三四五六日天][)）])?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?(?![\d%]|[:,.]\d)"
_HALF_DAYS = "凌晨|清晨|早上|早晨|上午|中午|午后|下午|傍晚|晚上|晚间|夜间|当晚|晚|早"
_LATE = frozenset("午后 下午 傍晚 晚上 晚间 夜间 当晚 晚".split())
_SPELT = "one two three four five six seven eight nine ten eleven twelve".split()
_HOUR = rf"(?:\d{{1,2}}|(?i:{'|'.join(_SPELT)}))"
_QUARTERS = {"一刻": 15, "三刻": 45}
#: What stands before "past" and "to"; the longer one first.
_MINUTES = {"quarter": 15, "half": 30, "five": 5, "twenty": 20, "ten": 10}
_DAY_LONG = 86400
_NAMED = {3: Period("quarter", 1), 6: Period("half", 1)}
_ORDINAL = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_ENGLISH_DECADES = {
    name: 10 * number
    for number, name in enumerate(
        "twenties thirties forties fifties sixties seventies eighties nineties".split(), start=2
    )
}
_FORMS = {
    "chinese": rf"(?:(?P<y1>{_YEAR})年)?\s?(?:(?<![\d.,])(?P<m0>{_N}){_TO})?"
    rf"(?P<m1>{_N})月份?(?!球|亮|饼|薪)(?:\s?(?P<d1>{_N})"
    rf"(?:[日号]|(?={_TO}(?:{_N}月)?{_N}[日号]))"
    rf"(?:{_HAN_WEEKDAY}{_TO}(?:(?P<m2>{_N})月)?(?P<d2>{_N})[日号])?)?",
    "year": rf"(?P<y3>{_YEAR})(?:年(?!代)|(?=\s?[-–—~至到]\s?{_YEAR}年))",
    "day": rf"(?P<d4>(?<![\d.,]){_N})(?:日(?!元|本|均|常|内|行|游|间|圆|达|产)"
    rf"|(?=\s?[-–—~至到]\s?{_N}日))"
    r"|(?<=\b[Oo]n\sthe\s)(?P<d19>\d{1,2})(?:st|nd|rd|th)"
    r"(?=\s*(?:[.,;:)\x00]|$)|\s(?:and|or|in|at|after|as|when|while|but|with|from|by|to|that|for)\b)",
    "month_year": r"(?<![\d./])(?P<m17>0?[1-9]|1[0-2])/(?P<y17>(?:19|20)\d\d)(?![\d/])",
    "iso": r"(?<![\d.])(?P<y5>\d{4})(?P<s5>[-/.])(?P<m5>\d{1,2})(?P=s5)(?P<d5>\d{1,2})"
    r"(?!\d|\.\d)T?",
    "season": r"(?<![\d.$€£¥])(?P<y16>(?:1\d|20)\d\d)(?P<s16>[-–—/])(?P<z16>\d\d)"
    r"(?!\d|[-/.]\d|\s?月|%)",
    "slashed": r"(?<![\d.])(?P<a6>\d{1,2})(?P<s6>[/.])(?P<b6>\d{1,2})(?P=s6)(?P<y6>\d{4})(?!\d)",
    "month_first": rf"\b(?P<m7>{MONTH})\s(?:the\s)?(?P<d7>{_DAY})"
    rf"(?:{_TO}{_WEEKDAY}(?:(?P<m8>{MONTH})\s)?(?:the\s)?(?P<d8>{_DAY}))?"
    r"(?:,?\s(?P<y7>\d{4})(?![\d,]\d))?",
    "day_first": rf"\b(?P<d9>{_DAY})(?:{_TO}{_WEEKDAY}(?:the\s)?(?P<d10>{_DAY}))?"
    rf"\s(?:of\s)?(?P<m9>{MONTH})\b(?:,?\s(?P<y9>\d{{4}})(?![\d,]\d))?",
    "month": rf"(?:\b(?P<m11>{MONTH})\b,?\s(?:of\s)?(?P<y11>\d{{4}})(?![\d,]\d)"
    rf"|\b(?!May|Mar)(?P<m12>{MONTH})\b"
    r"|(?<=\b[a-z][a-z]\s)(?P<m13>May|March)\b|(?<=since\s|until\s|early\s)(?P<m14>May|March)\b)",
    "quarter": r"(?:第?(?P<q1>[一二三四1-4])季(?:度|报)|\b[Qq](?P<q2>[1-4])(?!\d)"
    r"|(?<=\d{4})Q(?P<q4>[1-4])"
    r"|\b(?P<q5>[1-4])Q(?:(?P<y15>\d\d)\b)?"
    r"|\b(?P<q3>(?i:first|second|third|fourth))[-\s](?:(?i:fiscal)\s)?quarter\b)",
    "months": rf"(?:(?<![此之以日提目])前(?P<f1>{_N})个?(?:(?P<f2>季)度|月)"
    rf"|\b[Ff]irst[-\s](?P<f3>(?!one|twelve){_HOUR})[-\s](?:months?|(?P<f4>quarters?))\b)",
    "noon": r"(?P<noon>正午|\b(?:noon|midday)\b)|(?P<midnight>午夜|\bmidnight\b)",
    "half": r"(?:(?P<h1>[上下])半(?:年|场|赛季|财年)|\b(?P<h2>(?i:first|second))[-\s]half\b"
    r"|\b[Hh](?P<h3>[12])(?!\d|[-\s]?[A-Z]))",
    "decade": r"(?:(?:(?P<c1>\d\d|二十|十[五六七八九])世纪)?(?P<t1>\d0|[一二三四五六七八九]十)年代"
    r"|\b(?:(?P<c2>1\d|20)|(?<=[Tt]he\s)|(?<=['’]))(?P<t2>\d)0s\b|\b(?P<t3>(?i:"
    + "|".join(_ENGLISH_DECADES)
    + r"))\b)",
    "century": rf"(?:(?P<c3>{_N})世纪|\b(?P<c4>\d\d?)(?:st|nd|rd|th)[-\s](?i:century|centuries)\b"
    r"|\b(?P<c5>(?:(?i:twenty)[-\s])?[A-Za-z]+(?:th|st))[-\s](?i:century|centuries)\b)",
    "clock": rf"(?:(?P<p1>{_HALF_DAYS})\s?)?(?<![\d.])(?P<h4>\d{{1,2}}):(?P<n4>\d\d)"
    r"(?::(?P<x4>\d\d))?"
    r"(?!\d|\.\d|:\d)(?:\s?(?P<p4>[aApP])\.?[mM]\b\.?)?",
    "hour": rf"\b(?P<h5>{_HOUR})(?:\.(?P<n5>\d\d))?(?:\s?(?P<p5>[aApP])\.?[mM]\b\.?"
    r"|(?:\s[Oo].clock)?\s(?P<i5>in\sthe\s(?:morning|afternoon|evening)|at\snight)\b|\s[Oo].clock\b)",
    "chinese_clock": rf"(?P<p6>{_HALF_DAYS})?\s?(?:(?<![\d.{_HAN}])|(?<=[周期][一二三四五六]))"
    rf"(?P<h6>{_N}|零)"
    r"(?:时(?!间|代|期|候|段|速|至今|尚)|点(?=钟|半|[一三]刻|整|许|多|左右|前后|\d{1,2}分)"
    rf"|点(?=[{_HAN}]{{1,3}}分)|(?<=[午晨晚上间早]\d)点|(?<=[午晨晚上间早]\d\d)点"
    r"|(?<=[午晨晚上间早][一二三四五六七八九十])点|(?<=[午晨晚上间早]十[一二])点)"
    rf"钟?(?:(?P<n6>\d{{1,2}}|[{_HAN}]{{1,3}})分|(?P<n7>半)|(?P<n8>一刻|三刻)|整)?",
    # "Ten to six" is a range as often, and "a quarter to 12 tonnes" no time.
    "spoken": r"\b(?P<to_past>(?i:(?:an?\s)?(?:quarter|half)(?=\s(?:past|after)))"
    r"|(?i:(?:five|ten|twenty(?:[-\s]five)?)(?:\sminutes)?(?=\spast))"
    r"|(?<=\b[Aa]t\s)(?:(?:a\s)?quarter|five|ten|twenty(?:[-\s]five)?|\d\d?)(?:\sminutes)?"
    rf"|(?:[Aa]\s)?[Qq]uarter(?=\sto\s{_HOUR}\s?(?:[ap]\.?m\b|in\sthe\s|o.clock)))"
    rf"\s(?P<side>(?i:past|after|to))\s(?P<h8>{_HOUR})\b(?![\d%:]|\.\d|\s(?:per|million|billion))"
    r"(?:\s?(?P<p8>[aApP])\.?[mM]\b\.?"
    r"|\s(?P<i8>in\sthe\s(?:morning|afternoon|evening)|at\snight)\b)?",
}
# The longer forms first, for each begins where another could.
_ANY = re.compile(
    "|".join(
        _FORMS[name]
        for name in (
            "iso season slashed month_year spoken clock months chinese year decade century quarter "
            "half noon day month_first day_first month hour chinese_clock"
        ).split()
    )
)
# How each of them begins.
_BEGIN = re.compile(
    rf"[\d{_HAN}第前凌清早上中午下傍晚夜当正]|\b(?:noon|mid)"
    r"|\b(?i:(?:an?\s)?(?:quarter|half)|five|ten|twenty)(?=[-\s](?:five\s)?"
    r"(?:minutes\s)?(?:past|after|to)\s)"
    rf"|\b{_HOUR}(?=\s(?:[ap]\.?m\b|o.clock|in\sthe|at\snight))"
    r"|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|[QqHh]\d|[Ff]irst|[Ss]econd|[Tt]hird|[Ff]ourth"
    r"|(?i:f?if|six|seven|eigh|nin|ten|eleven|twel|thirt|four|twent|fort)[a-z]*"
    r"(?:ies\b|(?:th|st)\b|[- ][a-z]+th\b))"
)


def dates(text: str) -> Iterator[Dated]:
    """The dates and times of *text*, in its order."""
    for match in matches(_BEGIN, _ANY, text):
        group = {name: value for name, value in match.groupdict().items() if value}
        found = next(
            (read(group) for keys, read in _READERS if any(key in group for key in keys)), []
        )
        if found:
            yield match.start(), match.end(), found


def _int(text: str | None) -> int | None:
    if text is None or text.isdecimal():
        return text and int(text)  # type: ignore[return-value]  # None stays None
    number = numerals.han(text)
    return int(number.value) if number else None


def month_of(text: str) -> int | None:
    return _MONTHS.get(text[:3].lower()) or _int(text)


def _days(year: str | None, *days: tuple[str | None, str | None]) -> list[Time]:
    """The days of a range, whose months and year need not be said again."""
    found: list[Time] = []
    month: int | None = None
    for named, day in days:
        month = month_of(named) if named else month
        if month is None and day is None and not year:
            continue
        date = Day(
            _int(year), month, _int(re.sub(r"\D+$", "", day) if day and day[0].isdecimal() else day)
        )
        if (named or day) and not (1 <= (date.month or 1) <= 12 and 1 <= (date.day or 1) <= 31):
            return []
        if named or day:
            found.append(date)
    return found


def _slashed(group: dict[str, str]) -> list[Time]:
    """Day and month in either order; as a list, all of which hold. So the likelier one alone."""
    first, second = int(group["a6"]), int(group["b6"])
    month, day = (first, second) if group["s6"] == "/" and first <= 12 else (second, first)
    return _days(group["y6"], (str(month), str(day)))


def _clock(group: dict[str, str], key: str) -> list[Time]:
    told = group["h" + key].lower()
    hour = _SPELT.index(told) + 1 if told in _SPELT else _int(told) or 0
    minute = _int(group.get("n" + key)) or (
        30 * ("n7" in group) + _QUARTERS.get(group.get("n8", ""), 0)
    )
    period = group.get("p" + key) or group.get("p1") or group.get("i" + key) or ""
    if hour > 24 or minute > 59:
        return []
    seconds = 3600 * hour + 60 * minute + int(group.get("x" + key, 0))
    noon = 12 * 3600
    if period in _LATE or period in {"p", "P"} or period.endswith(("noon", "evening", "night")):
        seconds += noon * (hour < 12)
        return [Clock(seconds, seconds)]
    if period:
        seconds -= noon * (hour == 12 and period in {"a", "A"})
        return [Clock(seconds, seconds)]
    return [Clock(seconds, seconds + noon if hour < 12 else seconds)]


def _spoken(group: dict[str, str]) -> list[Time]:
    """Half past nine, a quarter to six."""
    told = group["to_past"].lower()
    minutes = next((value for word, value in _MINUTES.items() if word in told), 0)
    distance = 60 * (minutes or int(re.sub(r"\D", "", told)))
    if group["side"].lower() == "to":
        distance = -distance
    return [
        Clock((time.seconds + distance) % _DAY_LONG, (time.other + distance) % _DAY_LONG)
        for time in _clock(group, "8")
        if isinstance(time, Clock)
    ]


def _decade(group: dict[str, str]) -> list[Time]:
    century = _int(group.get("c1"))
    hundreds = (century - 1) if century else _int(group.get("c2"))
    if "t3" in group:
        tens = _ENGLISH_DECADES[group["t3"].lower()]
    else:
        tens = int(group["t2"]) * 10 if "t2" in group else _int(group["t1"]) or 0
    return [Period("decade", tens if hundreds is None else hundreds * 100 + tens)]


def _century(group: dict[str, str]) -> list[Time]:
    if "c5" not in group:
        return [Period("century", _int(group.get("c3") or group["c4"]) or 0)]
    try:
        found = list(numerals.words(group["c5"].lower()))
    except KeyError:
        return []
    return [Period("century", int(found[-1][2].value))] if found and found[-1][3] else []


def _quarter(group: dict[str, str]) -> list[Time]:
    name = group.get("q1") or group.get("q2") or group.get("q3") or group.get("q4") or group["q5"]
    number = _ORDINAL.get(name.lower()) or _int(name) or 0
    years: list[Time] = [Day(2000 + int(group["y15"]))] if "y15" in group else []
    return [*years, Period("quarter", number)]


def _first_months(group: dict[str, str]) -> list[Time]:
    """The first months of a year: 前8个月, 前三季度, "first nine months"."""
    told = group.get("f1") or group["f3"]
    number = _SPELT.index(told) + 1 if told in _SPELT else _int(told) or 0
    months = number * (3 if "f2" in group or "f4" in group else 1)
    if number < 2 or months > 12:  # 前一个月 is the one before
        return []
    return [_until(months)]


def _until(month: int) -> Period:
    """The months of a year to the end of *month*, by the name that a quarter or a half has."""
    return _NAMED.get(month) or Period("months", month)


def _chinese(group: dict[str, str]) -> list[Time]:
    """A date, or months that follow each other; 1—8月 are the first eight."""
    if "m0" not in group:
        return _days(
            group.get("y1"), (group["m1"], group.get("d1")), (group.get("m2"), group.get("d2"))
        )
    first, last = _int(group["m0"]), _int(group["m1"])
    if first == 1 and last and "d1" not in group:
        return [*([Day(_int(group["y1"]))] if "y1" in group else []), _until(last)]
    return _days(group.get("y1"), (group["m0"], None), (group["m1"], group.get("d1")))


def _season(group: dict[str, str]) -> list[Time]:
    """Two years, 2024-25 and 1842–51, or a month of one, 2025-11."""
    year, told = int(group["y16"]), int(group["z16"])
    until = year + (told - year) % 100
    is_month = group["s16"] in "-/" and 1 <= told <= 12 and year >= 1900
    if until == year + 1 or (told > year % 100 and not is_month):
        return [Day(year), Day(until)]
    return [Day(year, told)] if is_month else []


def _noon(group: dict[str, str]) -> list[Time]:
    return [Clock(43200, 43200) if "noon" in group else Clock(0, 86400)]


def _half(group: dict[str, str]) -> list[Time]:
    name = group.get("h1") or group.get("h2") or group["h3"]
    return [Period("half", 1 if name.lower() in {"上", "first", "1"} else 2)]


_READERS: list[tuple[tuple[str, ...], Callable[[dict[str, str]], list[Time]]]] = [
    (("m5",), lambda g: _days(g["y5"], (g["m5"], g["d5"]))),
    (("a6",), _slashed),
    (("m1",), _chinese),
    (("y3",), lambda g: [Day(_int(g["y3"]))]),
    (("d4", "d19"), lambda g: _days(None, (None, g.get("d4") or g["d19"]))),
    (("m17",), lambda g: _days(g["y17"], (g["m17"], None))),
    (("m7",), lambda g: _days(g.get("y7"), (g["m7"], g["d7"]), (g.get("m8"), g.get("d8")))),
    (("m9",), lambda g: _days(g.get("y9"), (g["m9"], g["d9"]), (None, g.get("d10")))),
    (("m11",), lambda g: _days(g["y11"], (g["m11"], None))),
    (
        ("m12", "m13", "m14"),
        lambda g: _days(None, (g.get("m12") or g.get("m13") or g["m14"], None)),
    ),
    (("q1", "q2", "q3", "q4", "q5"), _quarter),
    (("f1", "f3"), _first_months),
    (("noon", "midnight"), _noon),
    (("h1", "h2", "h3"), _half),
    (("t1", "t2", "t3"), _decade),
    (("c3", "c4", "c5"), _century),
    (("h4",), lambda g: _clock(g, "4")),
    (("h5",), lambda g: _clock(g, "5")),
    (("h6",), lambda g: _clock(g, "6")),
    (("h8",), _spoken),
    (("y16",), _season),
]
