"""Dates as pages write them → ISO 8601."""

from __future__ import annotations

import re
from datetime import UTC, datetime

#: Characters in which a date is looked for.
_LONGEST = 300
#: Years in which something may have been published; software writes 0001 and 1970-01-01 for none.
_FIRST_YEAR, _LAST_YEAR = 1400, 2200
_NONE = "1970-01-01"

_TIME = r"""
    (?:(?:T|\s|,|，|at\b|&nbsp;|[（(]?(?:周|星期)[一二三四五六日天][)）]?)*
       (?P<hour>\d{1,2})\s?(?:[:：]|[时時點点])\s?(?P<minute>\d{2})(?:分)?
       (?:[:：]?(?P<second>\d{2})(?:[.,]\d+)?秒?)?
       \s?(?P<half>[AaPp]\.?[Mm]\b\.?)?
       \s?(?P<zone>Z\b|UTC|GMT|[+-]\d{2}:?\d{2}\b)?)?"""
_MONTH = r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_FORMS = tuple(
    # The digits of other scripts make no date of ISO 8601.
    re.compile((form + _TIME).replace(r"\d", "[0-9]"), re.VERBOSE | re.IGNORECASE)
    for form in (
        r"(?<!\d)(?P<year>\d{4})\s?[-/.年]\s?(?P<month>\d{1,2})\s?[-/.月]\s?"
        r"(?P<day>\d{1,2})(?!\d)\s?[日号]?",
        r"(?<!\d)(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?!\d)",
        _MONTH + r"\s(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s(?P<year>\d{4})\b",
        r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s-](?:of\s)?" + _MONTH
        + r"[\s,-]{1,2}(?P<year>\d{4})\b",
    )
)  # fmt: skip
_YEAR = re.compile(r"\d{4}")
_SECONDS = re.compile(r"\d{10}(?:\d{3})?")


def date_of(claimed: str) -> str | None:
    """The first date, with its time, of what a page calls one; None where none is complete."""
    text = claimed.strip()[:_LONGEST]
    if _SECONDS.fullmatch(text):  # since 1970, or a thousand times as many
        moment = datetime.fromtimestamp(int(text[:10]), UTC)
        return moment.isoformat().replace("+00:00", "Z")
    return date_in(text)


def date_in(text: str) -> str | None:
    """The first date of a line."""
    if not _YEAR.search(text):
        return None
    found = [match for form in _FORMS if (match := form.search(text))]
    for match in sorted(found, key=lambda match: match.start()):
        if (date := _written(match)) is not None:
            return date
    return None


def _written(match: re.Match[str]) -> str | None:
    parts = match.groupdict()
    month = _NAMES.index(parts["name"].lower()) + 1 if parts.get("name") else int(parts["month"])
    try:
        moment = datetime(  # noqa: DTZ001  only to see whether there is such a day
            int(parts["year"]), month, int(parts["day"]), _hour(parts), int(parts["minute"] or 0),
            int(parts["second"] or 0),
        )  # fmt: skip
    except ValueError:
        return None
    date = f"{moment:%Y-%m-%d}"
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR or date == _NONE:
        return None
    if parts["hour"] is None:
        return date
    time = f"{moment:%H:%M:%S}" if parts["second"] else f"{moment:%H:%M}"
    return f"{date}T{time}{_zone(parts)}"


def _hour(parts: dict[str, str | None]) -> int:
    hour, half = int(parts["hour"] or 0), (parts["half"] or "").lower()[:1]
    return hour % 12 + 12 * (half == "p") if half else hour


def _zone(parts: dict[str, str | None]) -> str:
    zone = (parts["zone"] or "").upper()
    if zone[:1] in {"+", "-"}:
        return f"{zone[:3]}:{zone[-2:]}"
    return "Z" if zone else ""
