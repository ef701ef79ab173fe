"""Whether an article has a date or a time."""

from __future__ import annotations

import re

from .dates import MONTH, Clock, Dated, Day, Period, Time, month_of

_YEARS = re.compile(r"(?<!\d)(?:1\d{3}|2[01]\d\d)(?!\d)")
#: Years that are told from another one.
_OTHER_YEARS = [
    (re.compile(r"去年|上年|last year|(?:year|months) (?:earlier|ago|before)"), -1),
    (re.compile(r"明年|next year"), 1),
    (re.compile(r"前年"), -2),
]


def _same(period: Period) -> set[Period]:
    """What is called the same: "the 1500s" are the 16th century as often as ten years."""
    kind, number = period
    if kind == "century":
        return {period, Period("decade", 100 * (number - 1))}
    if kind == "decade" and number >= 1000 and number % 100 == 0:
        return {period, Period("century", number // 100 + 1)}
    return {period}


_MONTHS_TO = re.compile(
    rf"\b(?:(?P<three>three|3)|six|6)[-\s]months?\s(?:to|ended|ending)\s(?:\d{{1,2}}\s)?({MONTH})"
)
_HALF_YEAR = re.compile(r"\b2[67][-\s]weeks\b|半年[报度]|中报|\b[Hh]alf[-\s]year|\b[Ii]nterim\b")
_MONTH_TO_MONTH = re.compile(
    rf"(?<!\d)(?P<from>\d\d?)月?\s?[-–—~至到]\s?(?P<until>\d\d?)月"
    rf"|\b({MONTH})\s?(?:-|–|to|through)\s?({MONTH})"
)


def _told_by_length(text: str) -> set[Period]:
    """Parts of a year that are told by how long they are and by their end, or by their months."""
    found = {Period("half", number) for number in (1, 2) if _HALF_YEAR.search(text)}
    for match in _MONTHS_TO.finditer(text):
        kind, months = ("quarter", 3) if match["three"] else ("half", 6)
        if kind == "half":  # of a fiscal year, either
            found |= {Period("half", 1), Period("half", 2)}
        found.add(Period(kind, ((month_of(match[2]) or 12) - 1) // months + 1))
    for match in _MONTH_TO_MONTH.finditer(text):
        first, last = (month_of(name) or 0 for name in match.groups() if name)
        found |= {period for period in _PARTS if _edges(period) == (first, last)}
    return found


#: Days that have a name.
_NAMED_DAYS = {
    (1, 1): r"元旦|New Year's Day",
    (2, 14): r"情人节|Valentine's Day",
    (3, 8): r"三八|妇女节|(?:International )?Women's Day",
    (3, 15): r"消费者权益日",
    (3, 17): r"St\.? Patrick's Day",
    (4, 1): r"愚人节|April Fool",
    (4, 22): r"地球日|Earth Day",
    (5, 1): r"五一|劳动节|May Day",
    (5, 4): r"五四|青年节",
    (6, 1): r"六一|儿童节",
    (6, 18): r"618",
    (7, 1): r"七一|建党节|Canada Day",
    (7, 4): r"Independence Day|[Ff]ourth of July",
    (7, 14): r"Bastille Day",
    (8, 1): r"八一|建军节",
    (9, 10): r"教师节",
    (10, 1): r"国庆节|国庆当[天日]|十一(?=长假|假期|黄金周|期间)",
    (10, 31): r"万圣节|Hallowe'?en",
    (11, 11): r"双十一|双11|光棍节|Armistice Day|Veterans Day|Singles'? Day",
    (12, 12): r"双十二|双12",
    (12, 24): r"平安夜|Christmas Eve",
    (12, 25): r"圣诞节|圣诞当[天日]|Christmas Day",
    (12, 26): r"节礼日|Boxing Day",
    (12, 31): r"跨年夜|New Year's Eve",
}
_NAMED = [(Day(None, *day), re.compile(name)) for day, name in _NAMED_DAYS.items()]


def _named_days(text: str) -> set[Day]:
    """The days that *text* tells by their name."""
    text = text.replace("\u2019", "'")
    return {day for day, name in _NAMED if name.search(text)}


def _edges(period: Period) -> tuple[int, ...]:
    """The first and the last month of a part of a year."""
    months = period.months
    first = 1 if period.kind == "months" else (period.number - 1) * months + 1
    return (first, first + months - 1) if months else ()


_PARTS = [
    *(Period("months", number) for number in range(2, 12)),
    *(Period("quarter", number) for number in range(1, 5)),
    *(Period("half", number) for number in (1, 2)),
]
_END = re.compile(
    rf"(?<!\d)(\d\d?)月(?:底|末)|\b[Ee]nd(?:\s|-|\sof\s)({MONTH})|(年底|年末|[Yy]ear[-\s]end|end\sof\sthe\syear)"
)
_LAST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _last_days(text: str) -> set[Day]:
    """The last days of months whose end is told: 6月底."""
    months = {month_of(match[1] or match[2] or "12") or 12 for match in _END.finditer(text)}
    days = {Day(None, month, _LAST[month - 1]) for month in months if month <= 12}
    return days | ({Day(None, 2, 28)} if 2 in months else set())


class Calendar:
    """The dates of an article, for questions."""

    def __init__(self, text: str, found: list[Dated]) -> None:
        times = [time for _, _, named in found for time in named]
        self._days = {time for time in times if isinstance(time, Day)}
        self._days |= _named_days(text) | _last_days(text)
        self._periods = {time for time in times if isinstance(time, Period)}
        self._periods |= _told_by_length(text)
        self._days |= {Day(month=month) for period in self._periods for month in _edges(period)}
        clocks = [time for time in times if isinstance(time, Clock)]
        self._clocks = {clock.seconds for clock in clocks} | {clock.other for clock in clocks}
        self._months = {day.month for day in self._days}
        self.years = {day.year for day in self._days if day.year}
        self.years |= set(map(int, _YEARS.findall(text)))
        for words, distance in _OTHER_YEARS:
            if words.search(text):
                self.years |= {year + distance for year in self.years}

    def holds(self, time: Time) -> bool:
        """Whether the article has it: each part, together or, for year and month, elsewhere."""
        if isinstance(time, Clock):
            return bool({time.seconds, time.other} & self._clocks)
        if isinstance(time, Period):
            return bool(_same(time) & self._periods) or self._decade(time) or self._in(time)
        year_known = time.year is None or time.year in self.years
        return year_known and (time == Day(time.year) or self._any(*time))

    def _in(self, time: Period) -> bool:
        """Whether one of the years is in this decade or century."""
        kind, number = time
        if kind == "century":
            return any((year - 1) // 100 + 1 == number for year in self.years)
        in_hundred = kind == "decade" and number < 100
        return kind == "decade" and any(
            (year % 100 if in_hundred else year) // 10 * 10 == number for year in self.years
        )

    def _decade(self, time: Period) -> bool:
        """Whether one of both is told without its century."""
        kind, number = time
        if kind != "decade":
            return False
        tens = [year for kind, year in self._periods if kind == "decade"]
        return any(min(number, ten) < 100 and number % 100 == ten % 100 for ten in tens)

    def _any(self, year: int | None, month: int | None, day: int | None) -> bool:
        """Whether one date has all these parts, or lacks but what others have."""
        years = {year, None} if year else {None, *self.years}
        months = {month} if month else {None, *range(1, 13)}
        if month and day and month in self._months:
            months.add(None)
        if day is None:
            return any(date.month == month and (date.year in years) for date in self._days)
        return any(Day(y, m, day) in self._days for y in years for m in months)
