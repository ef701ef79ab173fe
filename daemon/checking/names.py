"""Names with digits, such as GPT-4o, A380 or 5G: written tokens, no quantities."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .units import UNITS

# Numbers may stand behind these too: mid-2024, sub-10.
_PREFIX = (
    r"(?:mid|pre|post|non|sub|early|late|since|until|under|over|top|ex|co|end|start"
    r"|to|in|of|on|by|and|or|per|for|plus)-"
)
_NAME = re.compile(
    rf"(?=[A-Za-z\d])(?<![A-Za-z\d.])(?<!\d-)(?!{_PREFIX}\d)(?!(?:RMB|CNY|USD|EUR|GBP|JPY|HK|US)\d)"
    r"(?:[vV]?\d+\.\d+\.\d+(?![\d.])|(?![vV]\d+(?:\.\d+)?(?![A-Za-z\d.]|\.\d))[A-Za-z]+[-+/.]?(?=\d)|\d+(?=[A-Za-z]))[A-Za-z\d]*(?:[-+/.][A-Za-z\d]*\d[A-Za-z\d]*)*(?![A-Za-z\d])",
    re.IGNORECASE,
)
_AMOUNT = re.compile(r"\d+([A-Za-z]+\d?)")
_NO_NAME = re.compile(
    r"(?:[kKmMbB]|mn|mln|bn|bln|tn|trn|st|nd|rd|th|s|[aApP][mM]|FY|CY|x)$|e\d", re.IGNORECASE
)
_YEARS = re.compile(r"(?:FY|CY)\d{2,4}", re.IGNORECASE)


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
    """The parts of a name that may be amounts: the 14B of Qwen-14B, the 41 of 41dBm."""
    return [part for part in re.split("[-+/]", name) if _AMOUNT.fullmatch(part)]


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
