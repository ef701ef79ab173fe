"""Which words name what an article is about: its tags.

A word weighs the more often it occurs, the rarer it is in jieba's dictionary, if it is a name, and
if the title has it. Two words that mostly stand side by side are one name.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from ...library.words import folded
from .words import MARKS, Words

#: Of the library's tags, so many are looked for.
_MOST_KNOWN = 1_000
#: Tokens of a tag of the library.
_LONGEST = 4
#: Words in the corpus of jieba's dictionary.
_CORPUS = 6e7
#: jieba's kinds of words that can be tags: nouns, names, what is done, abbreviations, phrases.
_NAMING = ("n", "vn", "j", "l")
#: A tag ends where neither letter nor digit is: "#node.js" would be the tag "node".
_TAG = re.compile(rf"(?=.{{1,40}}$)(?=.*[^\W\d_])(?:[^\W_]|[{MARKS}])+(?:-(?:[^\W_]|[{MARKS}])+)*")


def tags_for(title: str, words: Words, wanted: int, known: Sequence[str]) -> list[str]:
    """At most *wanted* words of the text, those of the library's tags *known* preferred."""
    title_keys = set(words.keys_of(words.cut(title)))
    found = _Found(words)
    marks: dict[str, float] = {}
    for name, (count, keys) in found.names().items():
        in_title = bool(keys & title_keys)
        if count > 1 or in_title:
            marks[name] = count * found.weight(name) * (1 + in_title)
    for name, count in _known(words, known).items():
        if count > 1:
            marks[name] = 2 * max(marks.get(name, 0), count * found.weight(name))
    return _apart(sorted(marks, key=lambda name: (-marks[name], name)), wanted)


class _Found:
    """The words of a text, counted."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._counts: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, str]] = Counter()
        self._forms: dict[str, Counter[str]] = defaultdict(Counter)
        for tokens in words.tokens:
            self._count(tokens)

    def names(self) -> dict[str, tuple[int, set[str]]]:
        """Each word or pair as it is written, how often it occurs, and its keys."""
        counts = self._counts.copy()
        names: dict[str, tuple[int, set[str]]] = {}
        for (first, second), count in self._pairs.most_common():
            if count < 2:
                break
            if count * 2 >= max(counts[first], counts[second]):
                name = _joined(self._form(first), self._form(second))
                names[name] = (count, {first, second})
                counts[first] -= count
                counts[second] -= count
        for key, count in counts.items():
            if count > 0 and (form := self._form(key)) and self._names(form, key):
                names[form] = (count, {key})
        return names

    def weight(self, name: str) -> float:
        """How much one occurrence of it says, between 0 and 1."""
        import rjieba  # noqa: PLC0415  loads its dictionary, 0.1 s: only in workers

        if not _is_spaced(name):
            return 1 - math.log(max(1, rjieba.suggest_freq(name))) / math.log(_CORPUS)
        return 0.5 if name.islower() else 0.75

    def _count(self, tokens: list[str]) -> None:
        keys = list(map(self._part, tokens))
        for token, key in zip(tokens, keys, strict=True):
            if key:
                self._counts[key] += 1
                self._forms[key][token] += 1
        for (first, second), (one, two) in zip(pairwise(keys), pairwise(tokens), strict=True):
            if first and second and first != second and _is_spaced(one) == _is_spaced(two):
                self._pairs[first, second] += 1

    def _part(self, token: str) -> str:
        """The key of *token*; names have empty words as parts too (New York)."""
        return self._words.key(token) or (token.lower() if token[:1].isupper() else "")

    def _form(self, key: str) -> str:
        """How the word is mostly written; with a capital only if it always has one."""
        forms = self._forms[key]
        small = [form for form in forms if form.islower()]
        best = max(small or forms, key=lambda form: (forms[form], -len(form), form))
        return re.sub("['’]s$", "", unicodedata.normalize("NFKC", best))

    def _names(self, form: str, key: str) -> bool:
        kind = self._words.kinds.get(form)
        return self._words.key(form) == key and (kind is None or kind.startswith(_NAMING))


def _known(words: Words, known: Sequence[str]) -> Counter[str]:
    """How often each of the tags *known* occurs, however it is written."""
    tags = {_folded(words.cut(_spaced(tag))): tag for tag in reversed(known[:_MOST_KNOWN])}
    tags.pop("", None)
    beginnings = {tag[:2] for tag in tags}
    counts: Counter[str] = Counter()
    for tokens in words.tokens if tags else ():
        parts = list(map(folded, tokens))
        for at, part in enumerate(parts):
            if part[:2] in beginnings:
                runs = ("".join(parts[at : at + size]) for size in range(1, _LONGEST + 1))
                counts.update(tags[run] for run in dict.fromkeys(runs) if run in tags)
    return counts


def _spaced(tag: str) -> str:
    """*tag* with spaces between its words; empty where it is no tag that we would write."""
    tag = unicodedata.normalize("NFKC", tag)
    return re.sub("[-_]", " ", tag) if _TAG.fullmatch(tag.replace("_", "-")) else ""


def _folded(tokens: Iterable[str]) -> str:
    return "".join(map(folded, tokens))


def _is_spaced(token: str) -> bool:
    return token[:1] < "\u2e80" or "\uac00" <= token[:1] <= "\ud7af"


def _joined(first: str, second: str) -> str:
    return f"{first}-{second}" if _is_spaced(first) else first + second


def _apart(names: Iterable[str], wanted: int) -> list[str]:
    """The first *wanted* that are no part of each other."""
    chosen: list[str] = []
    for name in filter(_TAG.fullmatch, names):
        if len(chosen) == wanted:
            break
        if not any(_overlap(name.casefold(), other.casefold()) for other in chosen):
            chosen.append(name)
    return chosen


def _overlap(one: str, other: str) -> bool:
    return one in other or other in one
