"""Numbers as they are written: digits, Chinese numerals, English words → values."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import NamedTuple

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
}
_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8, "兆": 10**12}
_SMALL = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
}
_LARGE = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9} | {
    "trillion": 10**12,
    "dozen": 12,
    "lakh": 10**5,
    "crore": 10**7,
}
_SHORT = {"k": 10**3, "m": 10**6, "mn": 10**6, "mln": 10**6, "b": 10**9, "bn": 10**9} | {
    "bln": 10**9,
    "tn": 10**12,
    "trn": 10**12,
}
_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fifth": 5,
    "eighth": 8,
    "ninth": 9,
    "twelfth": 12,
} | {
    word.removesuffix("y") + ("ieth" if word.endswith("y") else "th"): value
    for word, value in (_SMALL | _TENS).items()
    if word not in {"zero", "one", "two", "three", "five", "eight", "nine", "twelve"}
}
_WORDS = _SMALL | _TENS | _LARGE | _ORDINALS

#: More digits than a float tells apart: such a number is a name.
MOST_DIGITS = 15
_FIGURE = (
    r"(?:\d{1,3}(?:[,，_'\u2009\u202f]\d{3})+(?!\d)(?:\.\d+)?"
    r"|\d+,\d{1,2}(?![\d,])"
    r"|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
)
#: 千 of 千克 is no scale.
_HAN_SCALE = r"(?:十|百(?![帕分])|千(?![克米瓦卡赫帕焦伏升])|万|亿|兆(?![瓦赫帕焦字像]))"
_WORD = "|".join(sorted(_WORDS, key=len, reverse=True))
_LARGER = "hundred|thousand|[mbtr]+illion|dozen"
FIGURES = (
    rf"{_FIGURE}(?:\ ?{_HAN_SCALE}+(?:零?\d+(?:\.\d+)?{_HAN_SCALE}*)*"
    rf"|[-\ ](?:{'|'.join(_LARGE)})s?\b"
    r"|\ ?(?:[kKmMbB]|mn|mln|bn|bln|tn|trn)(?![A-Za-zč\d²³]|/[a-z]))?"
)
HAN = r"[零〇一二两三四五六七八九十百千万亿]+(?:点[零〇一二三四五六七八九]+[万亿]*)?"
WORDS = (
    rf"\b(?:(?:an?|per|every)\ (?={_LARGER})|(?!{_LARGER}))(?:{_WORD})"
    rf"(?:(?:[-\ ]|\ and\ )(?:{_WORD})){{0,15}}\b"
)


#: Up to twenty, and nothing within a word.
ROMAN = r"(?<![A-Za-z\d'’./-])(?:X?(?:IX|IV|VI{0,3}|I{1,3})|XX?)(?![A-Za-z\d'’./-])"
_ROMANS = {"X": 10, "IX": 9, "IV": 4, "V": 5, "I": 1}


class Number(NamedTuple):
    """A number and how exactly it is told."""

    value: float
    step: float  #: the place of its last digit
    rounded: float  #: the same, where zeros at its end only hold places
    digits: int  #: significant ones


@functools.lru_cache(4096)
def figures(text: str) -> Number | None:
    """What matched FIGURES; None where it is too long or too large to be a quantity."""
    parts = re.findall(rf"({_FIGURE})[-\ ]?([^\d.]*)", text.replace("零", ""))
    whole = [_scaled(_plain(figure), scale) for figure, scale in parts]
    if not whole or None in whole:
        return None
    found = [number for number in whole if number is not None]
    value = sum(number.value for number in found)
    return _number(value, found[-1].step)


def _plain(figure: str) -> tuple[str, int]:
    """A figure's digits, and the power of ten of its last one."""
    figure = re.sub(r",(?=\d{1,2}$)", ".", figure)
    figure = re.sub(r"[,，_'\u2009\u202f]", "", figure)
    mantissa, _, exponent = figure.lower().partition("e")
    whole, _, part = mantissa.partition(".")
    return whole + part, (int(exponent[:6]) if exponent else 0) - len(part)


def _scaled(figure: tuple[str, int], scale: str) -> Number | None:
    digits, power = figure
    if len(digits.lstrip("0")) > MOST_DIGITS or abs(power) > 40:
        return None
    factor = _factor(scale)
    if factor > 10**24:
        return None
    return _number(int(digits or 0) * 10.0**power * factor, 10.0**power * factor)


def scaled(number: Number, scale: str) -> Number:
    """*number* with a scale behind it, as in 三十多万."""
    factor = _factor(scale)
    return Number(
        number.value * factor, number.step * factor, number.rounded * factor, number.digits
    )


def roman(text: str) -> Number:
    """What matched ROMAN."""
    return _number(float(sum(_ROMANS[sign] for sign in re.findall("IX|IV|[XVI]", text))), 1.0)


def part_of(words: str | None) -> float:
    """What " and a half", 半, ¾ and their like add to a number."""
    return next((part for sign, part in _PARTS.items() if words and sign in words), 0.0)


_PARTS = {"three": 0.75, "¾": 0.75, "half": 0.5, "半": 0.5, "½": 0.5} | {
    "quarter": 0.25,
    "¼": 0.25,
    "third": 1 / 3,
    "⅓": 1 / 3,
    "⅔": 2 / 3,
}


def with_part(number: Number, part: float) -> Number:
    """*number* with a part of one behind it."""
    step = 0.1 if part == 0.5 else 0.01
    return Number(number.value + part, step, step, number.digits + 2) if part else number


def scale_of(text: str) -> float:
    """What the scale at the end of FIGURES multiplies by."""
    return float(_factor(text.lstrip("0123456789.,， _'").lstrip("-") if text else ""))


def _factor(scale: str) -> int:
    factor = 1
    if scale[:1] in _SCALES:
        for character in scale:
            factor *= _SCALES.get(character, 1)
        return factor
    return _LARGE.get(scale.removesuffix("s")) or _SHORT.get(scale.lower(), 1) if scale else 1


def _number(value: float, step: float) -> Number:
    count = round(value / step) if step else 0
    if not count or count > 10**MOST_DIGITS:
        return Number(value, step, step, 1)
    text = str(count)
    significant = text.rstrip("0")
    return Number(value, step, step * 10 ** (len(text) - len(significant)), len(significant))


@functools.lru_cache(4096)
def han(text: str) -> Number | None:
    """What matched HAN; None for what is no number, such as 三四 or 十四五."""
    whole, _, part = text.partition("点")
    scale = part.lstrip("零〇一二三四五六七八九") if part else ""
    value = _han(whole)
    if value is None or value > 10**MOST_DIGITS:
        return None
    if part:
        decimals = "".join(str(_DIGITS[character]) for character in part.removesuffix(scale))
        return _scaled((f"{value}{decimals[:MOST_DIGITS]}", -len(decimals)), scale)
    return _number(float(value), float(_SCALES[whole[-1]]) if whole[-1] in "万亿" else 1.0)


def _han(text: str) -> int | None:
    if all(character in _DIGITS for character in text):
        if len(text) == 2 or len(text) > MOST_DIGITS:
            return None
        return int("".join(str(_DIGITS[character]) for character in text))
    total = section = 0
    digit: int | None = None
    last = 10
    for character in text:
        if character in _DIGITS:
            if digit:
                return None
            digit = _DIGITS[character]
            last = 10 if character in "零〇" else last
            continue
        scale = _SCALES[character]
        if scale >= 10**4:
            section += digit or 0
            total, section = (
                ((total + section or 1) * scale if total < scale else total + section * scale),
                0,
            )
        else:
            section += (1 if digit is None else digit) * scale
        digit, last = None, scale
    return total + section + (digit or 0) * (last // 10)


def words(text: str) -> Iterator[tuple[int, int, Number, bool]]:
    """Start, end, value of each number in what matched WORDS, and whether it is an ordinal."""
    start = end = 0
    total = section = 0
    last = 0
    for match in re.finditer(r"[a-z]+", text):
        word = match[0]
        if word in {"a", "an", "and", "per", "every"}:
            continue
        value = _WORDS[word]
        if word in _LARGE:
            fits = bool(last) or not (total or section)
        else:
            joined = " and " in text[end : match.start()]
            fits = not last or (
                value < last and last in _TENS_OR_LARGE and (last > 90 or not joined)
            )
            fits = fits and not (last in _TENS.values() and value > 9)
        if not fits:
            yield start, end, _number(float(total + section), 1.0), False
            start, total, section, last = match.start(), 0, 0, 0
        if word in _LARGE:
            section = (section or 1) * value
            if value > 100:
                total, section = total + section, 0
        else:
            section += value
        last, end = value, match.end()
        if word in _ORDINALS:
            yield start, end, _number(float(total + section), 1.0), True
            start, total, section, last = end + 1, 0, 0, 0
    if last or total or section or text[start:].endswith("zero"):
        step = float(last) if last in _LARGE.values() and last >= 1000 else 1.0
        yield start, end, _number(float(total + section), step), False


_TENS_OR_LARGE = frozenset(_TENS.values()) | frozenset(_LARGE.values())
