"""The offline summary: the article's own key sentences and key words, without AI.

Sentences are chosen as SumBasic does (Nenkova and Vanderwende, 2005, "The Impact of Frequency on
Summarization"): a sentence weighs what its words weigh on average; the words of a chosen sentence
then weigh less, so that the next one says something else. Words are cut by jieba's dictionary.
"""

from __future__ import annotations

import functools
import heapq
import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from itertools import chain, islice
from typing import Annotated

from msgspec import Meta, Struct, structs

from ..markdown import bare_url, heading_text, line_text
from ..model import Draft
from ..templating import fill
from ..writing.labels import LABELS
from . import Offline, Piece, Summarizer, Surroundings

# A full stop ends a sentence only before a space: 2.2 and example.org are whole.
_SENTENCE = re.compile(r"(?:[^。！？!?.]++|\.(?![\s”’)\"']|$))+(?:[。！？!?.]+[”’」』）)\"']*|$)")
_END = re.compile(r"[。！？!?.][”’」』）)\"']*$")
#: Words that tell nothing about what a text is about.
_EMPTY_WORDS = frozenset(
    "about after also an and are as at be because been before between but by can could did do "
    "does for from had has have he her him his how if in into is it its just like may more most "
    "much new no not now of on one only or other our out over own said same says she should since "
    "so some such than that the their them then there these they this those through to too two "
    "under up us use used very was we well were what when where which while who will with would "
    "you your "
    "我们 他们 你们 自己 这个 那个 这些 那些 一个 一些 没有 可以 已经 就是 还是 但是 因为 "
    "所以 如果 以及 或者 并且 而且 进行 通过 对于 关于 其中 目前 同时 不是 什么 怎么 这样 "
    "那样 非常 需要 能够 成为 作为 方面 表示 认为 来自 记者 这里 那里 时候 由于 此外 不断 "
    "主要 相关 今年 去年 年度 一次 之前 之后 以后 以前 每个 如今 其余 这座 届时 还是 下来".split()
)


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """How long the extract is."""

    sentences: Annotated[int, Meta(ge=0, le=50)] = 5
    tags: Annotated[int, Meta(ge=0, le=50)] = 5


def connect(settings: Settings, surroundings: Surroundings) -> Summarizer:
    return _Extract(settings, surroundings)


class _Extract:
    name = "extract"

    def __init__(self, settings: Settings, surroundings: Surroundings) -> None:
        self._write = functools.partial(summarize, settings=settings)
        self._workers = surroundings.workers
        self._tags = surroundings.tags
        self.offline = Offline(self.name, self._write)

    async def summarize(self, draft: Draft, *, language: str) -> AsyncIterator[Piece]:
        # The plain text is enough, and a long article is slow to pass to another process.
        short = draft if draft.text is None else structs.replace(draft, markdown="")
        yield await self._workers.run(self._write, short, language, await self._tags())


def summarize(draft: Draft, language: str, tags: Sequence[str], *, settings: Settings) -> str:
    """The summary section of *draft*, with *tags* preferred; time is linear in its text."""
    from ..markdown.plain import plain_text  # noqa: PLC0415  loads a parser: only in workers

    labels = LABELS[language]
    text = plain_text(draft.markdown) if draft.text is None else draft.text
    sentences = sentences_of(text)
    words = _words(sentences)
    known = [("site", draft.site), ("byline", draft.byline), ("published", draft.published)]
    site = line_text(draft.site) if draft.site else bare_url(draft.url)
    return fill(
        "extract",
        labels=labels,
        title=heading_text(draft.title),
        basics=[(labels[key], line_text(value)) for key, value in known if value]
        or [("URL", bare_url(draft.url))],
        sentences=list(map(line_text, _key_sentences(sentences, words, settings)))
        or [line_text(draft.title)],
        source=site + (f" ({line_text(draft.published)})" if draft.published else ""),
        tags=[f"#{tag}" for tag in _key_words(words, settings.tags)],
    )


def sentences_of(text: str) -> list[str]:
    """The sentences of *text* (a paragraph a line), headings and captions left out."""
    sentences = (
        match[0].strip() for line in text.split("\n") for match in _SENTENCE.finditer(line)
    )
    return [
        sentence for sentence in sentences if _END.search(sentence) and 8 <= len(sentence) <= 400
    ]


def _words(sentences: list[str]) -> list[list[str]]:
    """The words of each sentence that may say something, in lower case."""
    import rjieba  # noqa: PLC0415  loads its dictionary, 0.1 s: only in workers

    telling = functools.cache(_telling)  # a text has few words and repeats them
    cuts = (map(telling, rjieba.cut(sentence)) for sentence in sentences)
    return [list(filter(None, cut)) for cut in cuts]


def _telling(word: str) -> str:
    """The word as it is counted; empty when it says nothing about a text."""
    word = word.strip().lower()
    tells = len(word) > 1 and word not in _EMPTY_WORDS and any(map(str.isalpha, word))
    return word if tells else ""


def _key_sentences(sentences: list[str], words: list[list[str]], settings: Settings) -> list[str]:
    """The chosen sentences in the order of the text.

    A heap with late re-weighing: weights only fall, so the top that is still right is the best.
    """
    weights = _weights(words)
    heap = [(-_weight(cut, weights), index) for index, cut in enumerate(words) if cut]
    heapq.heapify(heap)
    chosen: set[int] = set()
    seen: set[str] = set()
    while heap and len(chosen) < settings.sentences:
        old, index = heapq.heappop(heap)
        now = -_weight(words[index], weights)
        if now > old:
            heapq.heappush(heap, (now, index))
        elif sentences[index] not in seen:
            chosen.add(index)
            seen.add(sentences[index])
            for word in set(words[index]):
                weights[word] **= 2
    return [sentences[index] for index in sorted(chosen)]


def _weights(words: list[list[str]]) -> dict[str, float]:
    counts = Counter(chain.from_iterable(words))
    total = counts.total()
    return {word: count / total for word, count in counts.items()}


def _weight(words: list[str], weights: dict[str, float]) -> float:
    # Short sentences would win by their one frequent word; eight words is a full clause.
    return sum(map(weights.__getitem__, words)) / max(8, len(words))


def _key_words(words: list[list[str]], count: int) -> list[str]:
    """The most frequent words that occur more than once, longer ones first among equals."""
    counts = Counter(chain.from_iterable(words))
    ranked = sorted(counts.items(), key=lambda item: (-item[1] * min(len(item[0]), 4), item[0]))
    # A tag ends where a letter is none: "#node.js" would be the tag "node".
    names = (word for word, found in ranked if found > 1 and word.isalpha())
    return list(islice(names, count))
