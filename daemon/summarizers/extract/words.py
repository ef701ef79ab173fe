"""Sentence → the words that may say something.

Chinese is cut by jieba's dictionary, which also knows what kind of word each is. Elsewhere words
stand between spaces, and the empty ones are those of Stopwords ISO (58 languages) in the language
of whose words the text has most.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from ...library.words import folded

#: Words from which a language is told; a paragraph is enough.
_ENOUGH = 300
#: Letters that tell an inflected word from others: McNamee and Mayfield, “Character N-Gram
#: Tokenization for European Language Text Retrieval” (2004), found prefixes as good as stemmers.
_PREFIX = 6
_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KATAKANA = "\u30a1-\u30ff"
#: Marks that belong to the letter before: of Latin, Hebrew, Arabic, and of India to Cambodia.
MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u0652\u0900-\u0fff\u1000-\u109f\u1780-\u17d3"
_LETTER = rf"[^\W\d_{_HAN}\u3040-\u30ff]"
_WORD = re.compile(
    rf"(?P<han>[{_HAN}]+)|[{_KATAKANA}]+"
    rf"|(?:(?<!\d)\d)?{_LETTER}(?:{_LETTER}|[{MARKS}\d]|['’.&-](?={_LETTER}|\d))*"
    r"|[^\s]"
)
_KANA = re.compile("[\u3041-\u30fa]")
#: jieba's kinds of words that name or tell something: nouns, verbs, adjectives, idioms, foreign.
_TELLING_KINDS = frozenset("navijl")


class Words:
    """The words of one text: *tokens* in order for each sentence, with "" where one is no word.

    `key` is what two forms of a word have in common, and "" for one that says nothing.
    """

    def __init__(self, sentences: Sequence[str]) -> None:
        self.kinds: dict[str, str] = {}  #: of Chinese words, as jieba names them
        sample = "".join(sentences[:50])
        self._japanese = len(_KANA.findall(sample)) * 5 > len(sample)
        self.tokens = list(map(self.cut, sentences))
        self.language = _language(chain.from_iterable(self.tokens))
        self._empty = _empty_words(self.language) | _empty_words("zh")
        self.key: Callable[[str], str] = functools.cache(self._key)
        self.keys = list(map(self.keys_of, self.tokens))

    def cut(self, text: str) -> list[str]:
        """The tokens of *text*."""
        import rjieba  # noqa: PLC0415  loads its dictionary, 0.1 s: only in workers

        tokens: list[str] = []
        for found in _WORD.finditer(text):
            if found.lastgroup and not self._japanese:
                cut = rjieba.tag(found[0])
                self.kinds.update(cut)
                tokens += [word for word, _ in cut]
            else:
                tokens.append(found[0] if found[0][-1].isalnum() else "")
        return tokens

    def keys_of(self, tokens: Iterable[str]) -> list[str]:
        """The keys of those *tokens* that say something."""
        return list(filter(None, map(self.key, tokens)))

    def _key(self, token: str) -> str:
        if token in self.kinds:
            tells = len(token) > 1 and self.kinds[token][0] in _TELLING_KINDS
            return token if tells and token not in self._empty else ""
        word = token.replace("’", "'").lower()
        if word in self._empty:
            return ""
        # Obama's, and l'été
        word = word.removesuffix("'s").rpartition("'")[2]
        if len(word) < 2 or word in self._empty:
            return ""
        bare = folded(word)
        if bare in self._empty and not word.isascii():  # some lists have no accents
            return ""
        return bare if self.language == "en" else bare[:_PREFIX]


def _language(tokens: Iterable[str]) -> str:
    """The language of whose empty words there are most among the first *tokens*."""
    spaced = (token.lower() for token in tokens if len(token) > 1 and not _is_han(token))
    counts = Counter(word for word, _ in zip(spaced, range(_ENOUGH), strict=False))

    def found(language: str) -> int:
        words = _empty_words(language)
        return sum(count for word, count in counts.items() if word in words)

    return max(_languages(), key=found)


def _is_han(token: str) -> bool:
    return "\u3400" <= token[0] <= "\u9fff"


@functools.cache
def _languages() -> list[str]:
    import stopwordsiso  # noqa: PLC0415  reads its lists, 10 ms: only in workers

    return sorted(stopwordsiso.langs(), key=lambda language: (language != "en", language))


@functools.cache
def _empty_words(language: str) -> frozenset[str]:
    import stopwordsiso  # noqa: PLC0415  as above

    return frozenset(stopwordsiso.stopwords(language))
