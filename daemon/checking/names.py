"""Names with digits, such as GPT-4o, A380 or 5G: written tokens, no quantities."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .currencies import LETTER, LETTERS
from .units import UNITS

# Numbers may stand behind these too: mid-2024, sub-10.
_PREFIX = (
    r"(?:mid|pre|post|non|sub|early|late|since|until|under|over|top|ex|co|end|start"
    r"|to|in|of|on|by|and|or|per|for|plus"
    r"|magnitude|category|level|grade|class|stage|phase|tier|round|number|no)-"
)
_MONEY = rf"(?:{'|'.join(map(re.escape, LETTERS))}|HK|US)\d|(?-i:{LETTER})"
_NAME = re.compile(
    rf"(?=[A-Za-z\d])(?<![A-Za-z\d.])(?<!\d-)(?!{_PREFIX}\d)(?!{_MONEY})"
    r"(?:[vV]?\d+\.\d+\.\d+(?![\d.])|(?![vV]\d+(?:\.\d+)?(?![A-Za-z\d.]|\.\d))[A-Za-z]+[-+/.]?(?=\d)|\d+(?=[A-Za-z]))[A-Za-z\d]*(?:[-+/.][A-Za-z\d]*\d[A-Za-z\d]*)*(?![A-Za-z\d])",
    re.IGNORECASE,
)
_AMOUNT = re.compile(r"\d+([A-Za-z]+\d?)")
_RAND = re.compile(r"R\d{2,3}")
_NO_NAME = re.compile(
    r"(?:[kKmMbB]|mn|mln|bn|bln|tn|trn|st|nd|rd|th|s|[aApP][mM]|FY|CY|x)$|e\d", re.IGNORECASE
)
_YEARS = re.compile(r"(?:FY|CY)\d{2,4}", re.IGNORECASE)


#: Names that have another one in words.
_ALSO = {
    "co2": ("carbon dioxide", "二氧化碳"),
    "ch4": ("methane", "甲烷"),
    "n2o": ("nitrous oxide", "一氧化二氮", "氧化亚氮", "笑气"),
    "no2": ("nitrogen dioxide", "二氧化氮"),
    "so2": ("sulphur dioxide", "sulfur dioxide", "二氧化硫"),
    "nh3": ("ammonia", "氨"),
    "h2": ("hydrogen", "氢"),
    "o2": ("oxygen", "氧"),
    "n2": ("nitrogen", "氮"),
    "o3": ("ozone", "臭氧"),
    "h2o": ("water", "水"),
    "h2o2": ("hydrogen peroxide", "过氧化氢", "双氧水"),
    "g7": ("group of seven", "七国集团"),
    "g8": ("group of eight", "八国集团"),
    "g20": ("group of 20", "group of twenty", "二十国集团"),
    "3d": ("three dimension", "三维", "立体"),
    "2d": ("two dimension", "二维"),
    "5g": ("fifth generation", "第五代"),
    "4g": ("fourth generation", "第四代"),
    "covid19": ("coronavirus", "covid", "新冠"),
    "ww1": ("first world war", "world war one", "world war i", "一战", "第一次世界大战"),
    "ww2": ("second world war", "world war two", "world war ii", "二战", "第二次世界大战"),
    "b2b": ("business to business", "企业对企业"),
    "pm25": ("fine particulate", "细颗粒物"),
    "pm10": ("可吸入颗粒物",),
}


def in_words(text: str) -> set[str]:
    """The keys of names that *text* has in words: CO2 as carbon dioxide."""
    text = text.lower().replace("-", " ")
    return {key for key, others in _ALSO.items() if any(other in text for other in others)}


def names(text: str) -> Iterator[tuple[int, int]]:
    """Where the names with digits of *text* stand, in its order."""
    for match in _NAME.finditer(text):
        if all(map(_is_amount, re.split("[-+/]", match[0]))) or _YEARS.fullmatch(match[0]):
            continue
        yield match.span()


def _is_amount(part: str) -> bool:
    amount = _AMOUNT.fullmatch(part)
    return amount is not None and (
        (amount[1].islower() and len(amount[1]) > 1)  # a unit, known or not
        or amount[1] in UNITS
        or amount[1].lower() in UNITS
        or _NO_NAME.match(amount[1]) is not None
    )


def amounts(name: str) -> list[str]:
    """The parts of a name that may be amounts: the 14B of Qwen-14B, the 41 of 41dBm, R50."""
    parts = re.split("[-+/]", name)
    return [part for part in parts if _AMOUNT.fullmatch(part) or _RAND.fullmatch(part)]


def keys(name: str) -> set[str]:
    """What a name is known by: itself, however it is joined, and its parts that are names too."""
    parts = re.split(r"[-+/.]", re.sub(r"^v(?=\d)", "", name.lower()))
    named = {part for part in parts if re.search(r"\d", part) and re.search(r"[a-z]", part)}
    return {"".join(parts)} | named


def versions(name: str) -> set[str]:
    """What a version begins with: 4 and 4.2, of 4.2.0."""
    parts = name.lstrip("vV").split(".")
    if not all(part.isdecimal() for part in parts):
        return set()
    return {".".join(parts[:end]) for end in range(1, len(parts))}
