"""Notes that were never written: texts as varied as real ones, as many as are wanted.

Words come from this repository's own texts (sample pages, documents, locales; the Chinese ones cut
by rjieba's dictionary), and, as those are a few thousand, from synthetic ones up to 40,000 in each
language: Chinese of 1 to 4 characters out of 3,500, English of 1 to 4 syllables with endings. How
often a word stands in a note follows Zipf's law with the exponent 1.05, the repository's words
being the frequent ones. Real text compresses better, as its words depend on each other.
"""

from __future__ import annotations

import itertools
import random
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import rjieba

from daemon.model import Note

ROOT = Path(__file__).resolve().parents[2]
#: Bytes of a note's text.
SIZE = 3_000
WORDS = 40_000
EXPONENT = 1.05
HEAD = "# {title}\n\n- **URL**: {url}\n- **Archived**: 2026-11-20 08:00:00\n\n---\n\n"
SYLLABLES = [
    first + rest
    for first in "b c d f g h l m n p r s t v st tr pl qu th".split()
    for rest in "a e i o u ai er on in al".split()
]
ENDINGS = ["", "s", "ing", "ed", "ly", ""]


class Writer:
    """Writes notes in turn in Chinese and in English; the same *seed*, the same notes."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)
        text = "".join(
            path.read_text("utf-8")
            for pattern in ("tests/pages/*/note.md", "*.md", "_locales/*/*.json")
            for path in sorted(ROOT.glob(pattern))
        )
        cut = dict.fromkeys(rjieba.cut(text))
        self.chinese = [word for word in cut if re.fullmatch("[\u4e00-\u9fff]+", word)]
        self.english = list(dict.fromkeys(re.findall("[a-z]{2,}", text.lower())))
        _fill(self.chinese, self._chinese_words())
        _fill(self.english, self._english_words())
        self._weights = _zipf(WORDS, EXPONENT)

    def notes(self, number: int) -> Iterator[Note]:
        """The first *number* notes, one a minute."""
        for at in range(number):
            words, text = self._chinese() if at % 2 else self._english()
            title = text[: 12 if at % 2 else 40].strip()
            url = f"https://site{at % 500}.example.org/articles/{at}"
            yield Note(
                id=str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
                url=url,
                title=title,
                markdown=HEAD.format(title=title, url=url) + text,
                archived_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=at),
                site=f"Site {at % 500}",
                language="zh-CN" if at % 2 else "en",
                tags=tuple(words[40:43]),
            )

    def asked(self) -> str:
        """A word as a reader remembers one: out of a text, of two characters or three letters."""
        words, _ = self._chinese() if self._random.random() < 0.5 else self._english()
        return self._random.choice(
            [word for word in words if len(word) > (2 if word.isascii() else 1)]
        )

    def _chinese(self) -> tuple[list[str], str]:
        words = self._random.choices(self.chinese, cum_weights=self._weights, k=560)
        pieces = (
            word + ("" if at % 9 else "，" if at % 27 else "。\n\n")
            for at, word in enumerate(words, 1)
        )
        return words, _cut(pieces)

    def _english(self) -> tuple[list[str], str]:
        words = self._random.choices(self.english, cum_weights=self._weights, k=560)
        pieces = (
            word + (" " if at % 13 else ". " if at % 91 else ".\n\n")
            for at, word in enumerate(words, 1)
        )
        return words, _cut(pieces)

    def _chinese_words(self) -> Iterator[str]:
        characters = [chr(code) for code in range(0x4E00, 0x4E00 + 3_500)]
        self._random.shuffle(characters)
        weights = _zipf(len(characters), 0.8)
        while True:
            [length] = self._random.choices((1, 2, 3, 4), weights=(3, 70, 18, 9))
            yield "".join(self._random.choices(characters, cum_weights=weights, k=length))

    def _english_words(self) -> Iterator[str]:
        while True:
            stem = self._random.choices(SYLLABLES, k=self._random.randint(1, 4))
            yield "".join(stem) + self._random.choice(ENDINGS)


def _fill(words: list[str], more: Iterator[str]) -> None:
    """Add new ones until there are WORDS."""
    known = set(words)
    while len(words) < WORDS:
        word = next(more)
        if word not in known:
            known.add(word)
            words.append(word)


def _zipf(number: int, exponent: float) -> list[float]:
    return list(itertools.accumulate(1 / rank**exponent for rank in range(1, number + 1)))


def _cut(pieces: Iterator[str]) -> str:
    return "".join(pieces).encode()[:SIZE].decode("utf-8", "ignore")
