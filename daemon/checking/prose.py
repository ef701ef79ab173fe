"""Markdown as it is read: its words without its signs, and where a mark may stand."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

#: Stands for what is no prose (code, addresses, the markers of lists): nothing is read across it.
GAP = "\x00"
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>()，。；、）】》”]++")
# What a summary says about its article stands in none of these. A bound where a sign may be opened
# many times and never closed, for it would be looked for each time.
_NO_PROSE = re.compile(
    rf"""
    (?:^|(?<=\n))[ ]{{0,3}}(?P<fence>```+|~~~+).*?(?:\n[ ]{{0,3}}(?P=fence)|\Z) # a block of code
    |(?<!`)(?P<ticks>`++)[^`]++(?P=ticks)(?!`)                  # code
    |\]\([^()\n]{{0,2000}}(?:\([^()\n]{{0,500}}\)[^()\n]{{0,500}})?\) # the target of a link
    |<[^<>\n]{{1,2000}}>                                          # HTML, an address
    |{_ADDRESS.pattern}
    |\[\^?\d{{1,3}}\](?!\()                                       # a footnote
    |(?:^|(?<=\s))\#[^\s#]+                                      # a #tag
    |[\d#*]\ufe0f?\u20e3                                        # a key cap, as a list's marker
    """,
    re.VERBOSE | re.DOTALL,
)
_MARKER = re.compile(
    r"""^[\s>]*(?:[-*+•][ \t]+(?:\[[ xX]\][ \t])?)?(?:\#{1,6}[ \t]+)?(?:\*\*|__)?
    (?:(?:[QA]|问|答|问题|要点|亮点|步骤|观点|(?:Question|Answer|Point|Step|Part)[ ])?
       (?:\d{1,2}|[一二三四五六七八九十]{1,3})(?:\\?[.)）:：、．](?!\d)|(?=\*\*\s))
      |[(（](?:\d{1,2}|[一二三四五六七八九十]{1,3})[)）])""",
    re.VERBOSE | re.MULTILINE,
)
#: What begins or ends emphasis.
EMPHASIS = frozenset("*_~")
_EMPHASIS = re.compile(r"\*+|_+|~~")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,31});")
_ESCAPE = re.compile(r"\\(?=[!-/:-@\[-`{-~])")
_SIGN = re.compile("|".join(p.pattern for p in (_ENTITY, _ESCAPE, _EMPHASIS)))
_TRADITIONAL = str.maketrans(
    "億萬兩點個歲時號貳叁參陸捌玖佰仟圓幣", "亿万两点个岁时号二三三六八九百千元币"
)
_FORMAL = str.maketrans("壹贰肆伍柒拾陆", "一二四五七十六")


class Prose(NamedTuple):
    """The words of a Markdown text."""

    text: str  #: in simple characters
    places: list[int]  #: of each in the Markdown

    def after(self, end: int, markdown: str) -> int:
        """Where in *markdown* a mark stands behind the character before *end*."""
        place = self.places[end - 1] + 1
        while place < len(markdown) and unicodedata.category(markdown[place]) in {"Mn", "Me", "Cf"}:
            place += 1
        return place


def plain(text: str) -> str:
    """A plain text as `read` has it, without its places.

    Addresses stay, behind a gap: a sentence may have been cut out of one.
    """
    return simple(_ADDRESS.sub(rf"{GAP}\g<0>", text))


def simple(text: str) -> str:
    """*text* with one way to write each character: ASCII digits and letters, simple numerals."""
    return _KEY_CAP.sub(GAP, _THIN.sub(",", text)).translate(_SIMPLE)


_KEY_CAP = re.compile(r"[\d#*]\ufe0f?\u20e3")
#: A thin space that groups digits.
_THIN = re.compile(r"(?<=\d)[\u2009\u202f](?=\d{3}(?!\d))")


class _Simple(dict[int, str]):
    """A table for `str.translate` that finds out about each character once."""

    def __missing__(self, code: int) -> str:
        self[code] = found = _simple(chr(code))
        return found


def _simple(character: str) -> str:
    if 0xFF01 <= ord(character) <= 0xFF5E and character != "，":  # between digits it groups none
        return chr(ord(character) - 0xFEE0)
    if "₀" <= character <= "₉" or "Ⅰ" <= character <= "Ⅻ":  # CO₂
        return unicodedata.normalize("NFKC", character)
    if (digit := unicodedata.decimal(character, None)) is not None:
        return str(digit)
    if unicodedata.category(character) in {"Cf", "Mn", "Me"}:  # unseen, or part of the one before
        return ""
    if unicodedata.category(character) == "Zs":
        return " "
    return character.translate(_TRADITIONAL).translate(_FORMAL)


_SIMPLE = _Simple()


def read(markdown: str) -> Prose:
    """The words of *markdown*. What is no prose is a GAP."""
    markdown = _THIN.sub(",", markdown)
    gaps = sorted(
        match.span() for form in (_NO_PROSE, _MARKER) for match in form.finditer(markdown)
    )
    text: list[str] = []
    places: list[int] = []
    for start, end, shown in _pieces(markdown, gaps):
        for place in range(start, end) if shown is None else [start]:
            character = simple(markdown[place]) if shown is None else shown
            text.append(character)
            places.extend([place] * len(character))
    return Prose("".join(text), places)


def _pieces(markdown: str, gaps: list[tuple[int, int]]) -> Iterator[tuple[int, int, str | None]]:
    """Start and end of each part of *markdown*, and what is shown instead of it, if anything is."""
    at = 0
    for start, end in [*gaps, (len(markdown), len(markdown))]:
        for match in _SIGN.finditer(markdown, at, max(at, start)):
            shown = _shown(markdown, match)
            if shown is not None:
                yield at, match.start(), None
                yield match.start(), match.end(), shown
                at = match.end()
        yield at, max(at, start), None
        if end > at:
            yield max(at, start), end, GAP
            at = end


def _shown(markdown: str, match: re.Match[str]) -> str | None:
    """What is shown for a sign; None for one that stands for itself."""
    sign = match[0]
    if sign[0] == "&":
        return simple(html.unescape(sign))[:1]
    if sign[0] == "\\":
        return ""
    before, behind = _around(markdown, match)
    if before.isspace() and behind.isspace():
        return None
    within = before.isalnum() and behind.isalnum()
    multiplies = len(sign) == 1 and before.isdecimal() and behind.isdecimal()
    return None if multiplies or (within and sign[0] == "_") else ""


def _around(markdown: str, match: re.Match[str]) -> tuple[str, str]:
    """The characters before and behind; a space at either end, as CommonMark has it."""
    start, end = match.span()
    return markdown[start - 1 : start] or " ", markdown[end : end + 1] or " "


def is_punctuation(character: str) -> bool:
    """Whether it is a Unicode punctuation character for CommonMark 0.31 (section 2.1)."""
    return unicodedata.category(character)[0] in "PS"
