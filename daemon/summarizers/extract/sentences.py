"""Text → sentences.

The ends are those of Unicode's rules for sentences (UAX #29), and as there a full stop ends none
before a small letter; abbreviations with a capital behind them are few and are listed. Libraries
were tried and left: pysbd (no release since 2021, quadratic in long lines), nupunkt (English).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

#: Characters of a sentence: what is shorter says nothing, and what is longer is none.
SHORTEST, LONGEST = 8, 400
_CLOSING = "”’」』》）)\\]\"'»"
#: A German quotation is closed by what opens others.
_CLOSED = rf"[{_CLOSING}]*+(?:“(?=[\s,.;:]|$))?+"
_END = re.compile(rf"(?:[。！？!?؟۔।…｡]|．(?!\d))++{_CLOSED}|(?<!\.)\.++{_CLOSED}(?=\s|$)")
_ENDED = re.compile(rf"[。．！？!?؟۔।…｡.][{_CLOSING}“]*$")
#: After them a full stop ends no sentence, though a capital follows.
_ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof st mt jr sr gen sen gov rep col lt capt sgt inc ltd co corp vs ca cf "
    "e.g i.e z.b d.h u.a bzw sog evtl sra ул им".split()
)
#: After them it ends none where a number follows.
_BEFORE_NUMBERS = frozenset(
    "no nr nos vol fig p pp ch sec art jan feb mar apr jun jul aug sep sept oct nov dec".split()
)
#: A line that a page has broken: the sentence goes on in small letters.
_BROKEN = re.compile(r"(?<=[^\W\d_]|,)\n(?=[a-zß-öø-ÿα-ωа-яё])")
#: The clauses of a text that has no sentences.
_CLAUSE = re.compile(r".{1,200}(?:[，,;；:：、]|\s|$)|.{200}")
#: What programs are written with, and prose is not.
_CODE = re.compile(r"[{}<>=;|\\_$@*~^`#]|\w\(|/(?=\w)")
#: What stands before an item of a list.
_BULLET = re.compile(r"^[ \t]*[-–—•·*▪●■◆]++[ \t]+", re.MULTILINE)
_BRACKETS = "「」『』（）()《》[]"
_QUOTES = re.compile('[„“”"]')


def sentences_of(text: str, wanted: int) -> list[str]:
    """The sentences of *text* (a paragraph a line), each once.

    Headings, captions and cells of tables have no end and are left out, as are code and sentences
    that a border of a quotation has cut. Of a text that has fewer than *wanted* and is mostly
    something else (verse, a table, a list) it is the lines, and of long ones the clauses.
    """
    pieces = dict.fromkeys(piece for line in _lines(text) for piece in _split(line))
    whole = list(filter(_is_whole, pieces))
    if len(whole) >= wanted or sum(map(len, whole)) * 2 > len(text):
        return whole
    clauses = dict.fromkeys(clause for piece in pieces for clause in _clauses(piece))
    # A cell or a full stop alone is nothing to read, if there is anything else.
    return [clause for clause in clauses if len(clause) >= SHORTEST] or _readable(clauses)


def _readable(pieces: Iterable[str]) -> list[str]:
    return [piece for piece in pieces if any(map(str.isalnum, piece))]


def _clauses(piece: str) -> Iterator[str]:
    if len(piece) <= LONGEST:
        return iter([piece])
    return filter(None, map(str.strip, _CLAUSE.findall(piece)))


def _lines(text: str) -> Iterator[str]:
    text = _BROKEN.sub(" ", _BULLET.sub("", text))
    return filter(None, map(str.strip, text.split("\n")))


def _split(line: str) -> Iterator[str]:
    begun = 0
    for found in _END.finditer(line):
        if _ends(line, begun, found):
            yield line[begun : found.end()].strip()
            begun = found.end()
    if begun < len(line):
        yield line[begun:].strip()


def _ends(line: str, begun: int, found: re.Match[str]) -> bool:
    after = line[found.end() : found.end() + 2].strip()[:1]
    if not after:
        return True
    if after.islower() or after in ",;:，；：、":
        return False
    if found[0][0] == "." and len(found[0]) == 1:
        before = line[max(begun, found.start() - 12) : found.start()]
        return not _is_abbreviated(re.split(r"[\s(\[“\"]", before)[-1], after)
    if found[0][0] in "!?":
        # “Yahoo!Mail”, and “?a=1” in an address
        return not after.isascii() or line[found.end()].isspace() or len(found[0]) > 1
    # “……。”他说。 is one sentence.
    return not (found[0][-1] in "”」" and line[begun : begun + 2].lstrip()[:1] in "“「")


def _is_abbreviated(word: str, after: str) -> bool:
    return (
        word.lower() in _ABBREVIATIONS
        or (after.isdigit() and word.lower() in _BEFORE_NUMBERS)
        or (len(word) == 1 and word.isupper())  # J. Smith
        or (word.isdigit() and len(word) < 3 and not after.isdigit())  # 3. Oktober
        or re.fullmatch(r"(?:[A-Za-z]\.)+[A-Za-z]", word) is not None  # the U.S. Navy
    )


def _is_whole(piece: str) -> bool:
    if not SHORTEST <= len(piece) <= LONGEST or not _ENDED.search(piece):
        return False
    pairs = zip(_BRACKETS[::2], _BRACKETS[1::2], strict=True)
    return (
        all(piece.count(first) == piece.count(last) for first, last in pairs)
        and len(_QUOTES.findall(piece)) % 2 == 0
        and len(_CODE.findall(piece)) * 20 <= len(piece)
    )
