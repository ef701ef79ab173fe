"""Quantities of a text: numbers with what they measure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import numerals
from .currencies import SIGNS
from .fractions import BEGIN, BEGIN_ENGLISH, SPECIAL, special
from .joining import joined, rates
from .numerals import FIGURES, HAN, WORDS, Number
from .readings import Found, Measure, Quantity
from .scanning import matches
from .units import (
    BARE,
    COUNT,
    CURRENCY,
    PER_BEFORE,
    PER_BEHIND,
    THINGS,
    UNIT,
    meaning,
    told_for,
)

_DIGITS = "零〇一二三四五六七八九"
#: Days with a number as their name, before digits of another: 五一五天 are five days.
_HOLIDAY = (
    rf"(?P<holiday>(?<![\d{_DIGITS}])(?:(?:五一|五四|六一|七一|八一|三八)"
    rf"(?![{_DIGITS}]{{2}}|[十百千万亿点])|十一(?=[一二三四五六七八九]|长假|假期|黄金周|期间)"
    r"|(?<=双)十[一二]))"
)
#: 三年零五个月
_BETWEEN = "零[一二两三四五六七八九](?![十百千万零一二三四五六七八九])"
_AND = r"\ and\ (?:a\ (?:half|quarter)|three[-\ ]quarters)(?![-\ ](?:of|dozen|marathon|century)\b)"

_NUMBER = re.compile(
    rf"""
    {SPECIAL}
    |{_HOLIDAY}
    |(?P<roman>{numerals.ROMAN})(?P<roman_unit>{UNIT})?
    |(?P<currency>{CURRENCY})?(?:(?<![A-Za-z\d])(?P<sign>[-+−±])\ ?)?
     (?P<vague>[数几好](?=[十百千万亿]))?(?P<ordinal>第)?
     (?:(?P<figures>{FIGURES})|(?P<han>(?!(?<=[年月天周元块角米时]){_BETWEEN}){HAN})|(?P<words>(?i:{WORDS})))
     (?P<th>(?:st|nd|rd|th)\b)?
     (?P<more>\ ?(?:个?多|余|几)\ ?(?P<more_scale>[十百千万亿]*)|\+(?!\d))?
     (?P<and_part>{_AND}|个半|\ ?[½¼¾⅓⅔])?(?P<part_scale>(?<=[a-z½¼¾])\ (?:[mbtr]+illion)\b)?
     (?P<unit>{UNIT}(?P<part_behind>半|{_AND})?)?
    """,
    re.VERBOSE,
)
# How each of them begins.
_SIGNS_IN_LETTERS = "|".join(re.escape(sign) for sign in SIGNS if re.match("[A-Za-z]", sign))
_OTHER_SIGNS = "".join(sorted({sign[0] for sign in SIGNS if not re.match("[A-Za-z人]", sign)}))
_BEGIN = re.compile(
    rf"[\d零〇一二两三四五六七八九十百千万亿第{_OTHER_SIGNS}]|{BEGIN}|{numerals.ROMAN}"
    rf"|[+\-−±]\ ?(?=[\d{_OTHER_SIGNS}])"
    rf"|[数几好](?=[十百千万亿])|人民币(?=\ ?\d)|\b(?:(?:{_SIGNS_IN_LETTERS})(?=\ ?\d)"
    r"|(?i:(?:per|every)\ (?=hundred|thousand|[mbtr]+illion)"
    r"|an?\ (?:hundred|thousand|[mbtr]+illion|dozen|half|third|quarter|f|s|e|n|t)"
    r"|one|two|three|four|five|six|seven|eight|nin|ten|eleven|twel|thirt|fift|twent|fort|zero"
    rf"|hundred|thousand|[mbtr]+illion|dozen|lakh|crore|first|second|third|fifth|{BEGIN_ENGLISH}))"
)
#: Words that stand behind a number without being counted by it.
_NO_NOUN = frozenset(
    "and or of in to from for by on at per as a an the with than is was were are has had have but "
    "up down while when after before during between compared respectively versus vs out more less "
    "that which who this last next it its not against across among around behind below beneath "
    "beyond despite inside near off onto over through throughout toward towards under until upon "
    "via within without into about above along because if so since then also only just too either "
    "both each every all any some such fewer higher lower can could will would may might must "
    "should do does did be been being he she they we you i his her their our there here where why "
    "how now once twice again".split()
)
#: Verbs of the past that do not end in -ed.
_PAST = frozenset(
    "ate beat became began bought broke brought built came caught chose cost cut drew drove "
    "fell felt fled flew fought found forgot froze gave got grew heard held hid hit kept knew laid "
    "led left lent let lost made meant met paid put ran read rode rose said sang sank sat saw sent "
    "set shook shot shut slept slid sold sought spent spoke spread stole stood struck swam swept "
    "swung taught thought threw told took tore understood went woke won wore wrote".split()
)
_VERB = re.compile(r"(?:[a-z]{2}ed|[a-z]{3}ing|[a-z]{2}ly)\Z")
_OF_TIMES = re.compile(r"\ (?:as|more|less|fewer|the|that|its|their|what|[a-z]+er)\b")
_NOUN = re.compile(r"[-\ ]([a-z]{2,20})(?![A-Za-z])")
_ENUMERATES = re.compile(r"\s?[,，、:：]")


def numbers(text: str) -> list[Found]:
    """The quantities of *text*, in its order."""
    found = [one for match in matches(_BEGIN, _NUMBER, text) for one in _read(match)]
    return joined(found, text)


def _read(match: re.Match[str]) -> Iterator[Found]:
    group = match.groupdict()
    if words := group["words"]:
        yield from _words(match, words.lower())
    elif group["figures"] or group["han"]:
        yield from _plain(match, group)
    elif group["roman"]:
        yield from _roman(match)
    elif not group["holiday"] and (found := special(match)):
        yield found


#: Behind which a Roman numeral stands; the single letters behind what is numbered so alone.
_NUMBERED = (
    r"(?i:phase|stage|type|class|grade|part|volume|vol\.|chapter|season|series|tier|level|category"
    r"|group|war|act|article|title|section|generation|gen|mark|book|episode|round|schedule|annex)"
)
_BEFORE_ROMAN = re.compile(
    rf"(?P<numbered>\b{_NUMBERED}[-\s]|第)$|\b(?!(?:The|And|For|But|With|Are|Was|Can)\s)[A-Z][a-z]{{2,}}\s$"
)
_BEHIND_ROMAN = re.compile("[期型级类代季世卷部章篇度]")


def _roman(match: re.Match[str]) -> Iterator[Found]:
    """The numeral of phase III, Season II and III期; no other capitals."""
    text, told = match.string, match["roman"]
    before = _BEFORE_ROMAN.search(text, max(0, match.start() - 20), match.start())
    numbered = (before and before["numbered"]) or _BEHIND_ROMAN.match(
        text, match.start() + len(told)
    )
    if numbered or (before and len(told) > 1):
        number = numerals.roman(told)
        readings = [Quantity(dimension, *number) for dimension in (COUNT, THINGS, BARE)]
        yield Found(match.start(), match.start() + len(told), readings, exact=True)


def _plain(match: re.Match[str], group: dict[str, str | None]) -> Iterator[Found]:
    text = group["figures"] or group["han"] or ""
    number = numerals.figures(text) if group["figures"] else numerals.han(text)
    if number is None or group["vague"] or "几" in (group["more"] or ""):
        return
    number = _with_part(number, group)
    if group["more_scale"]:
        number = numerals.scaled(number, group["more_scale"])
    measures = _measures(match, group)
    scale = numerals.scale_of(text) if group["figures"] else 1.0
    telling = _telling(match, group, number)
    readings = [Quantity(BARE, *number).scaled(*measure) for measure in measures]
    if _below_zero(match, group):
        readings = [reading._replace(value=-reading.value) for reading in readings]
    per = _per(match, group)
    yield Found(
        *match.span(),
        readings + _letter(text, group) + rates(readings, per),
        telling,
        [(dimension, size * scale) for dimension, size in measures],
        per,
    )


def _with_part(number: Number, group: dict[str, str | None]) -> Number:
    """*number* with the half behind it, or behind its unit: two and a half million, 两年半."""
    number = numerals.with_part(number, numerals.part_of(group["and_part"] or group["part_behind"]))
    return numerals.scaled(number, (group["part_scale"] or "").strip())


def _per(match: re.Match[str], group: dict[str, str | None]) -> list[Measure]:
    """For how much the amount is told, behind it or before."""
    at = match.end()
    if not (group["unit"] or group["currency"]):
        counted = _COUNTED.match(match.string, at)
        at = counted.end() if counted else at
    told = PER_BEHIND.match(match.string, at)
    if told is None:
        told = PER_BEFORE.search(match.string, max(0, match.start() - 40), match.start())
    return told_for(told) if told else []


#: What is counted, before what it is told for: 600 requests a minute.
_COUNTED = re.compile(
    rf"(?:\ (?!(?:{'|'.join(sorted(_NO_NOUN))})\b)[a-z]{{2,20}}){{1,2}}"
    r"(?=\ (?:per|an?|each|every)\ )"
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


def _measures(match: re.Match[str], group: dict[str, str | None]) -> list[Measure]:
    if currency := group["currency"]:
        return [(name, 1.0) for name in SIGNS[currency.strip()]]
    if not group["unit"] and _PIXELS.search(
        match.string, max(0, match.start() - 20), match.start()
    ):
        return [*meaning("像素"), (BARE, 1.0)]
    if unit := (group["unit"] or "").removesuffix(group["part_behind"] or ""):
        return [
            *_rank(group),  # 第五年 is the fifth
            *meaning(unit),
            *_ages(unit, match),
            *([(COUNT, 1.0)] if _counts(unit, match) else []),
        ]
    if rank := _rank(group):
        return rank
    noun = _NOUN.match(match.string, match.end())
    return [(THINGS if noun and _may_be_counted(noun[1]) else BARE, 1.0)]


_PIXELS = re.compile(r"(?:像素|pixel\ count)[^\d，。；,;]{0,8}$")
_AGES = re.compile(r"\b(?i:under|over)[-\ ]$")


def _ages(unit: str, match: re.Match[str]) -> list[Measure]:
    """The under-25s are those younger than 25 years."""
    before = match.string[max(0, match.start() - 6) : match.start()]
    return meaning("岁") if unit == "s" and _AGES.search(before) else []


def _counts(unit: str, match: re.Match[str]) -> bool:
    """Whether it is none of what is measured: 787s are no seconds, four times a day no fourfold."""
    if unit.strip(" -") == "times":
        return _OF_TIMES.match(match.string, match.end()) is None
    return unit == "s"


def _may_be_counted(word: str) -> bool:
    return word not in _NO_NOUN and word not in _PAST and _VERB.match(word) is None


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
        number = _with_part(plain, group) if last else plain
        readings = [Quantity(BARE, *number).scaled(*measure) for measure in measures]
        per = _per(match, group) if last else []
        telling = number.value > (2 if ordinal else 1)
        if ordinal and _ENUMERATES.match(match.string, start + end):
            telling = False
        yield Found(
            match.start() if at == 0 else start + at,
            match.end() if last else start + end,
            readings + rates(readings, per),
            telling,
            measures,
            per,
        )
