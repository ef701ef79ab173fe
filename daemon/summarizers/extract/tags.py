"""Which words name what an article is about: its tags.

A word weighs the more often it occurs, the rarer it is in jieba's dictionary, if it is a name, and
if the title has it. Two words that mostly stand side by side are one name.
"""

from __future__ import annotations

import functools
import math
import os
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, pairwise

from ...library.words import folded
from .words import MARKS, Words, is_han, is_spaced

#: Of the library's tags, so many are looked for.
_MOST_KNOWN = 1_000
#: Tokens of a tag of the library.
_LONGEST = 4
#: Words in the corpus of jieba's dictionary.
_CORPUS = 6e7
#: jieba's kinds of words that can be tags: nouns, names, what is done, abbreviations, phrases.
_NAMING = ("n", "vn", "j", "l")
_POSSESSIVE = re.compile("['’]s$")
#: A tag ends where neither letter nor digit is: "#node.js" would be the tag "node".
_TAG = re.compile(rf"(?=.{{1,40}}$)(?=.*[^\W\d_])(?:[^\W_]|[{MARKS}])+(?:-(?:[^\W_]|[{MARKS}])+)*")


def tags_for(title: str, words: Words, wanted: int, known: Sequence[str]) -> list[str]:
    """At most *wanted* words of the text, those of the library's tags *known* preferred."""
    titled = words.keys_in(title)
    marks = {
        name: count * _weight(name) * (1 + bool(keys & titled))
        for name, (count, keys) in _names(words, titled).items()
    }
    for name, count in _known(words, known).items():
        if count > 1:
            marks[name] = 2 * max(marks.get(name, 0), count * _weight(name))
    return _apart(sorted(marks, key=lambda name: (-marks[name], name)), wanted)


def _names(words: Words, titled: set[str]) -> dict[str, tuple[int, set[str]]]:
    """Words and pairs as they are written, how often they occur, and their keys."""
    tokens = list(chain.from_iterable(chain.from_iterable((each, ("",)) for each in words.tokens)))
    forms: dict[str, dict[str, int]] = defaultdict(dict)
    part = functools.cache(functools.partial(_part, words))
    for token, count in Counter(tokens).items():
        forms[part(token)][token] = count
    forms.pop("", None)
    counts = {key: sum(found.values()) for key, found in forms.items()}
    names: dict[str, tuple[int, set[str]]] = {}
    for (one, two), count in _pairs(tokens, part).items():
        if count * 2 >= max(counts[one], counts[two]):
            names[_joined(_form(forms[one]), _form(forms[two]))] = (count, {one, two})
            counts[one] -= count
            counts[two] -= count
    for key, count in counts.items():
        if count > 1 or (count == 1 and key in titled):
            form = _form(forms[key])
            if words.key(form) == key and (not is_han(form) or _is_noun(form)):
                names[form] = (count, {key})
    return names


def _pairs(tokens: list[str], part: Callable[[str], str]) -> dict[tuple[str, str], int]:
    """The keys of words that stand side by side more than once, the most frequent first."""
    pairs: Counter[tuple[str, str]] = Counter()
    for (one, two), count in Counter(pairwise(tokens)).items():
        first, second = (part(one), part(two)) if count > 1 else ("", "")
        if first and second and first != second and is_spaced(one) == is_spaced(two):
            pairs[first, second] += count
    return dict(pairs.most_common())


def _part(words: Words, token: str) -> str:
    """The key of *token*; names have empty words as parts too (New York)."""
    return words.key(token) or (token.lower() if token[:1].isupper() else "")


def _form(forms: dict[str, int]) -> str:
    """How a word is mostly written; with a capital only if it always has one."""
    if all("가" <= form[0] <= "힣" for form in forms):
        return os.path.commonprefix(list(forms))  # noqa: RUF071  letters: without particles
    small = [form for form in forms if form.islower()]
    best = max(small or forms, key=lambda form: (forms[form], -len(form), form))
    return _POSSESSIVE.sub("", unicodedata.normalize("NFKC", best))


def _is_noun(word: str) -> bool:
    import rjieba  # noqa: PLC0415  loads its dictionary, 0.1 s: only in workers

    kinds = [kind for _, kind in rjieba.tag(word)]
    # What is cut again was put together by its letters, not found: most often a name.
    return len(kinds) > 1 or kinds[0].startswith(_NAMING)


def _weight(name: str) -> float:
    """How much one occurrence of it says, between 0 and 1."""
    import rjieba  # noqa: PLC0415  as above

    if not is_spaced(name):
        return 1 - math.log(max(1, rjieba.suggest_freq(name))) / math.log(_CORPUS)
    return 0.5 if name.islower() else 0.75


def _known(words: Words, known: Sequence[str]) -> Counter[str]:
    """How often each of the tags *known* occurs, however it is written."""
    cut = words.cut(map(_spaced, known[:_MOST_KNOWN]))
    tags = {"".join(map(folded, tokens)): tag for tag, tokens in zip(known, cut, strict=False)}
    tags.pop("", None)
    counts = _unspaced(words, [tag for tag in tags if not is_spaced(tag)], tags)
    beginnings = {tag[:2] for tag in tags if is_spaced(tag)}
    for tokens in words.tokens if beginnings else ():
        parts = list(map(folded, tokens))
        for at, part in enumerate(parts):
            if part[:2] in beginnings:
                runs = ("".join(parts[at : at + size]) for size in range(1, _LONGEST + 1))
                counts.update(tags[run] for run in dict.fromkeys(runs) if run in tags)
    return counts


def _unspaced(words: Words, wanted: list[str], tags: dict[str, str]) -> Counter[str]:
    """The same for those that may stand anywhere: where a dictionary cuts means nothing to them."""
    lines = words.tokens if wanted else []
    text = "\n".join("".join(token or " " for token in tokens) for tokens in lines)
    text = unicodedata.normalize("NFKD", text).casefold()
    return Counter({tags[tag]: text.count(tag) for tag in wanted})


def _spaced(tag: str) -> str:
    """*tag* with spaces between its words; empty where it is no tag that we would write."""
    tag = unicodedata.normalize("NFKC", tag)
    return re.sub("[-_]", " ", tag) if _TAG.fullmatch(tag.replace("_", "-")) else ""


def _folded(tokens: Iterable[str]) -> str:
    return "".join(map(folded, tokens))


def _joined(first: str, second: str) -> str:
    return f"{first}-{second}" if is_spaced(first) else first + second


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
