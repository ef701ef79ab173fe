"""Sentence → the words that may say something.

Chinese is cut by jieba's dictionary. Elsewhere words stand between spaces. The empty ones are those
of Stopwords ISO, in Chinese and in that of its 58 languages of whose empty words the text has most.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice

from ...library.words import folded

#: Words from which a language is told; a paragraph is enough.
_ENOUGH = 500
#: Letters that tell an inflected word from others: McNamee and Mayfield, “Character N-Gram
#: Tokenization for European Language Text Retrieval” (2004), found prefixes as good as stemmers.
_PREFIX = 6
_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KATAKANA = "\u30a1-\u30ff"
#: Marks that belong to the letter before: of Latin, Hebrew, Arabic, and of India to Cambodia.
MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u0652\u0900-\u0fff\u1000-\u109f\u1780-\u17d3"
_LETTER = rf"[^\W\d_{_HAN}\u3040-\u30ff]"
_WORD = re.compile(
    rf"[{_HAN}]+|[{_KATAKANA}]+"
    rf"|(?:(?<!\d)\d)?{_LETTER}(?:{_LETTER}|[{MARKS}\d]|['’.&-](?={_LETTER}|\d))*"
    r"|[^\s]"
)
_HAN_FIRST = re.compile(f"[{_HAN}]")
_UNSPACED_FIRST = re.compile(f"[{_HAN}{_KATAKANA}]")
_KANA = re.compile("[\u3041-\u30fa]")


class Words:
    """The words of one text: *tokens* in order for each sentence, with "" where one is no word.

    `key` is what two forms of a word have in common, and "" for one that says nothing.
    """

    def __init__(self, sentences: Sequence[str]) -> None:
        sample = "".join(sentences[:50])
        self._japanese = len(_KANA.findall(sample)) * 5 > len(sample)
        self.tokens = self.cut(sentences)
        self.language = _language(chain.from_iterable(self.tokens))
        self._empty = _empty_words(self.language) | _empty_words("zh")
        self.key: Callable[[str], str] = functools.cache(self._key)
        self.keys = list(map(self._keys, self.tokens))

    def cut(self, lines: Iterable[str]) -> list[list[str]]:
        """The tokens of each of the *lines*."""
        import rjieba  # noqa: PLC0415  loads its dictionary, 0.1 s: only in workers

        found = list(map(_WORD.findall, lines))
        if self._japanese:
            return [[_word(token) for token in line] for line in found]
        # Cut at once, for a call costs as much as twenty characters.
        runs = "\n".join(token for line in found for token in line if is_han(token))
        cut = iter([*rjieba.cut(runs), "\n"])
        return [list(_cut(line, cut)) for line in found]

    def keys_in(self, line: str) -> set[str]:
        """The keys of what says something in *line*."""
        return set(self._keys(self.cut([line])[0]))

    def _keys(self, tokens: Iterable[str]) -> list[str]:
        return list(filter(None, map(self.key, tokens)))

    def _key(self, token: str) -> str:
        if is_han(token):
            return token if len(token) > 1 and token not in self._empty else ""
        word = token.replace("’", "'").lower()
        if word in self._empty:
            return ""
        # Obama's, and l'été
        word = word.removesuffix("'s").rpartition("'")[2]
        if len(word) < 2 or word in self._empty:
            return ""
        if "가" <= word[0] <= "힣":
            return word[:2]  # most stems are this long, and particles follow them
        bare = folded(word)
        if bare in self._empty and not word.isascii():  # some lists have no accents
            return ""
        return bare if self.language == "en" else bare[:_PREFIX]


def _cut(line: list[str], cut: Iterator[str]) -> Iterator[str]:
    """*line* with the next words of *cut*, up to an end of a line, for each Chinese run."""
    for token in line:
        if is_han(token):
            yield from iter(cut.__next__, "\n")
        else:
            yield _word(token)


def _word(token: str) -> str:
    return token if token[-1].isalnum() else ""


def is_han(token: str) -> bool:
    """Whether *token* is of Chinese characters."""
    return _HAN_FIRST.match(token) is not None


def is_spaced(token: str) -> bool:
    """Whether *token* is of a script that has spaces between its words."""
    return _UNSPACED_FIRST.match(token) is None


def _language(tokens: Iterable[str]) -> str:
    """The language of whose empty words there are most among the first *tokens*."""
    counts = Counter(token.lower() for token in islice(tokens, _ENOUGH) if not is_han(token))
    del counts[""]

    def found(language: str) -> int:
        return sum(counts[word] for word in _empty_words(language).intersection(counts))

    return max(_languages(), key=found)


@functools.cache
def _languages() -> list[str]:
    import stopwordsiso  # noqa: PLC0415  reads its lists, 10 ms: only in workers

    return sorted(stopwordsiso.langs() - {"zh"}, key=lambda language: (language != "en", language))


@functools.cache
def _empty_words(language: str) -> frozenset[str]:
    import stopwordsiso  # noqa: PLC0415  as above

    return frozenset(stopwordsiso.stopwords(language))
