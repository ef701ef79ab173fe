"""Text as the words that are searched for: what stands in a note and what is asked meet here.

Where words have no spaces between them (Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese), each
pair of neighbouring characters is a word, and the last one alone: so every part of a text, of one
character or more, is a run of words, or the beginning of one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from operator import add

#: Characters of a text that are searched: half a second of work, and more than any book.
MOST_TEXT = 1_000_000
#: Characters that are looked through at once, in 2 ms.
PIECE = 1 << 16
#: Characters of a word; what is longer is data.
LONGEST_WORD = 64

#: Han, kana, hangul with their extensions; Thai, Lao, Burmese, Khmer with their marks.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_EMOJI = "\u2600-\u27bf\U0001f300-\U0001faff"
#: A word between spaces, or an emoji.
SPACED = rf"[^\W_{_UNSPACED}]+|[{_EMOJI}]"
_RUN = re.compile(rf"[{_UNSPACED}]+")
_SPACED = re.compile(SPACED)
_WORD = re.compile(rf"(?P<unspaced>[{_UNSPACED}]+)|{SPACED}")
#: Where a Markdown link leads, and what marks headings, quotes and emphasis.
_MARKUP = re.compile(
    r"(?<=\])\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"\n]*\")?\)"
    r"|^[ \t]*(?:#{1,6}|>+|[-*+])[ \t]+"
    r"|\*\*|\\(?=[!-/:-@\[-`{-~])",
    re.MULTILINE,
)


def plain(markdown: str) -> str:
    """What a reader sees of *markdown*, roughly: no addresses, few marks.

    Made in pieces: a million characters at once would stop every other thread for 35 ms.
    """
    starts = range(0, len(markdown), PIECE)
    text = "".join(_MARKUP.sub("", markdown[start : start + PIECE]) for start in starts)
    return unicodedata.normalize("NFC", text)


def searched(text: str) -> str:
    """*text* as its words, with a space between them."""
    # Runs and what is between them take turns; each is looked at all at once, for a run alone
    # costs as much as twenty of its characters.
    gaps = map(_between, _RUN.split(text))
    runs = (f"{run} " for run in [*pairs(_RUN.findall(text)), ""])
    return "".join(map(add, gaps, runs)).rstrip()


def words_of(text: str) -> Iterator[tuple[str, bool]]:
    """Each run of *text* as it is searched for, and whether it is one without spaces."""
    for found in _WORD.finditer(unicodedata.normalize("NFC", text)):
        unspaced = found.lastgroup == "unspaced"
        yield (found[0] if unspaced else folded(found[0])), unspaced


def pairs(runs: list[str]) -> list[str]:
    """Each run without spaces as its pairs, and its last character alone."""
    joined = "".join(f"\n{run}" for run in runs)
    cut = " ".join(map(add, joined, joined[1:] + "\n")).split("\n")
    return [run[2:] for run in cut[1::2]]  # without the pair of the line's end and its first


@lru_cache(1 << 15)
def folded(word: str) -> str:
    """*word* without case, accents and plural.

    The plural by the rules of Harman's S-stemmer (How Effective Is Suffixing?, 1991): unlike
    Porter's they never make one word of "university" and "universe".
    """
    word = word[:LONGEST_WORD].casefold()
    if not word.isascii():
        apart = unicodedata.normalize("NFKD", word)
        word = "".join(each for each in apart if not unicodedata.combining(each))
    if len(word) < 4 or not word.endswith("s") or word.endswith(("us", "ss")):
        return word
    if word.endswith("ies") and word[-4] not in "ae":
        return f"{word[:-3]}y"
    return word[:-1]


@lru_cache(1 << 12)
def _between(text: str) -> str:
    """*text*, which has no run, as its words with a space behind each."""
    return "".join(f"{folded(word)} " for word in _SPACED.findall(text))
