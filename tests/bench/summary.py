"""`make bench-summary PAGES=FOLDER`: the offline summary beside the first sentences of the article.

FOLDER holds `truth.jsonl` (a line each: id, lang, title, articleBody) and `pages.tar.xz` with the
pages, pages/ID.html. Nobody has summarized these articles, so three things stand for a summary,
none of which the summarizer sees:

- **description**: what the page says of itself in its head (description, og:description), as in
  Newsroom (Grusky, Naaman and Artzi, 2018). Most sites fill it with the beginning of the article,
  which would measure copying; so it counts only where no run of half its words stands in the
  article, and where the article has three fifths of them (else it is about the site). Its *key
  sentences* are the three at most which together come nearest to it (greedily, by the F of their
  words: Nallapati et al., SummaRuNNer, 2017).
- **keywords**: those in the head of the page that the article has and the title has not, two at
  least.
- **divergence** of Jensen and Shannon between the words of summary and article (Louis and Nenkova,
  "Automatically Assessing Machine Summary Content Without a Gold Standard", 2013), without words
  that a fifth of the articles have; less is better.

What is longer says more; so each is cut to as many characters as the first three sentences have.
"As shipped" is the whole summary of five sentences, and the beginning of the same length. All with
95 % intervals (bootstrap over articles; of differences, by pairs).

Weak points: descriptions are written to be clicked and are mostly English; those that copy are left
out, which leaves fewer news; the first sentences are those that the summarizer's own splitter
finds, so what it leaves out (headings, captions) does not count against them.

`CHOOSE=1` takes the half of the articles on which the constants were chosen instead of the other.
"""

from __future__ import annotations

import json
import math
import os
import random
import re
import statistics
import sys
import tarfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import html

from daemon.extract import decode_html
from daemon.summarizers.extract.keys import key_sentences
from daemon.summarizers.extract.sentences import sentences_of
from daemon.summarizers.extract.words import Words

SENTENCES = 5
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_TOKEN = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
_DESCRIPTIONS = {"description", "og:description", "twitter:description"}

Summarize = Callable[[str, Words, int], list[int]]


@dataclass
class Page:
    """An article, and what its page says of it."""

    group: str
    title: str
    text: str
    description: str
    keywords: list[str]


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: make bench-summary PAGES=FOLDER", file=sys.stderr)
        return 2
    pages = list(_pages(Path(sys.argv[1]), half="CHOOSE" not in os.environ))
    common = _common(pages)
    found: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for page in pages:
        sentences = sentences_of(page.text, SENTENCES)
        if len(sentences) > SENTENCES:
            _measure(page, sentences, common[page.group], found)
    _show(found)
    return 0


def sumbasic(_title: str, words: Words, wanted: int) -> list[int]:
    """The algorithm of 2005, as a yardstick."""
    counts = Counter(key for keys in words.keys for key in keys)
    weights = {key: count / counts.total() for key, count in counts.items()}
    left = {index: keys for index, keys in enumerate(words.keys) if keys}
    chosen: list[int] = []
    while left and len(chosen) < wanted:
        best = max(left, key=lambda index: statistics.fmean(weights[key] for key in left[index]))
        chosen.append(best)
        for key in set(left.pop(best)):
            weights[key] **= 2
    return chosen


def lead(_title: str, words: Words, wanted: int) -> list[int]:
    return list(range(min(wanted, len(words.keys))))


SUMMARIZERS: dict[str, Summarize] = {
    "lead": lead,
    "SumBasic": sumbasic,
    "extract": key_sentences,
}


def _measure(
    page: Page,
    sentences: list[str],
    common: set[str],
    found: dict[tuple[str, str, str], list[float]],
) -> None:
    words = Words(sentences)
    short = sum(map(len, sentences[:3]))
    judges = _judges(page, sentences, common)
    for name, summarize in SUMMARIZERS.items():
        order = summarize(page.title, words, 3 * SENTENCES)
        whole = order[:SENTENCES]
        length = sum(len(sentences[index]) for index in whole)
        for what, judge in judges.items():
            found[page.group, what, name].append(judge(_cut(sentences, order, short)))
            if name != "lead":
                for kind, chosen, size in (("", order, short), (", as shipped", whole, length)):
                    beginning = _cut(sentences, range(len(sentences)), size)
                    difference = judge(_cut(sentences, chosen, size)) - judge(beginning)
                    found[page.group, what, f"{name} less lead{kind}"].append(difference)


def _judges(
    page: Page, sentences: list[str], common: set[str]
) -> dict[str, Callable[[list[str]], float]]:
    article = Counter(_telling(sentences, common))
    judges: dict[str, Callable[[list[str]], float]] = {
        "divergence": lambda summary: _divergence(Counter(_telling(summary, common)), article)
    }
    if len(page.keywords) > 1:
        judges["keywords"] = lambda summary: statistics.fmean(
            keyword in "\n".join(summary).lower() for keyword in page.keywords
        )
    if page.description:
        wanted = _tokens(page.description)
        keys = _key_sentences(sentences, Counter(wanted))
        judges |= {
            "ROUGE-1": lambda summary: _recall(summary, wanted, 1),
            "ROUGE-2": lambda summary: _recall(summary, wanted, 2),
            "key sentences": lambda summary: _covered(keys, summary),
        }
    return judges


def _cut(sentences: list[str], order: Sequence[int], length: int) -> list[str]:
    """The sentences in that *order*, as many characters; the last one is cut."""
    cut = []
    for index in order:
        cut.append(sentences[index][:length])
        length -= len(cut[-1])
        if length <= 0:
            break
    return cut


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.lower())


def _recall(summary: list[str], wanted: list[str], size: int) -> float:
    have, want = (
        Counter(zip(*(tokens[at:] for at in range(size)), strict=False))
        for tokens in (_tokens("\n".join(summary)), wanted)
    )
    return (have & want).total() / max(1, want.total())


def _key_sentences(sentences: list[str], wanted: Counter[str]) -> set[str]:
    bags = [Counter(_tokens(sentence)) for sentence in sentences]
    chosen: list[int] = []
    have: Counter[str] = Counter()
    best = 0.0
    while len(chosen) < 3:
        marks = [
            2 * (both & wanted).total() / (both.total() + wanted.total())
            for both in (have + bag for bag in bags)
        ]
        index = max(range(len(marks)), key=marks.__getitem__)
        if marks[index] <= best:
            break
        best, have = marks[index], have + bags[index]
        chosen.append(index)
    return {sentences[index] for index in chosen}


def _covered(keys: set[str], summary: list[str]) -> float:
    """The share of *keys* that the summary has; a sentence that is cut counts for what is left."""
    parts = (
        max((len(part) / len(key) for part in summary if key.startswith(part)), default=0)
        for key in keys
    )
    return sum(parts) / len(keys)


def _telling(texts: Sequence[str], common: set[str]) -> Iterator[str]:
    """Pairs of Chinese characters, and the beginnings of other words, but for *common* ones."""
    tokens = _tokens("\n".join(texts))
    for one, two in zip(tokens, [*tokens[1:], ""], strict=True):
        word = one[:6] if one < "\u3040" else one + two if two >= "\u3040" else ""
        if word and word not in common:
            yield word


def _divergence(summary: Counter[str], article: Counter[str]) -> float:
    total = 0.0
    for word, count in article.items():
        one, other = summary[word] / max(1, summary.total()), count / article.total()
        mean = (one + other) / 2
        total += other * math.log2(other / mean) + (one and one * math.log2(one / mean))
    return total / 2


def _common(pages: list[Page]) -> dict[str, set[str]]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for page in pages:
        counts[page.group].update(set(_telling([page.text], set())))
    sizes = Counter(page.group for page in pages)
    return {
        group: {word for word, count in found.items() if count > sizes[group] / 5}
        for group, found in counts.items()
    }


def _pages(folder: Path, *, half: bool) -> Iterator[Page]:
    with (folder / "truth.jsonl").open("rb") as lines:
        truths = {truth["id"]: truth for truth in map(json.loads, lines)}
    with tarfile.open(folder / "pages.tar.xz") as pages:
        for member in pages:
            truth = truths.get(Path(member.name).stem, {})
            if truth.get("articleBody") and sum(truth["id"].encode()) % 2 == half:
                file = pages.extractfile(member)
                assert file is not None
                yield _page(truth, decode_html(file.read()))


def _page(truth: dict[str, Any], page: str) -> Page:
    head = html.document_fromstring(page.replace("\0", "").encode(), parser=_PARSER)
    told = [
        ((meta.get("property") or meta.get("name") or "").lower(), meta.get("content") or "")
        for meta in head.iter("meta")
    ]
    title = truth.get("title") or next((text for name, text in told if name == "og:title"), "")
    text = truth["articleBody"]
    description = max((text for name, text in told if name in _DESCRIPTIONS), key=len, default="")
    keywords = ",".join(text for name, text in told if name in {"keywords", "news_keywords"})
    return Page(
        group=truth["lang"] if truth["lang"] in {"zh", "en"} else "other",
        title=title or head.findtext(".//title") or "",
        text=text,
        description=description if _tells(_tokens(description), _tokens(text)) else "",
        keywords=[
            keyword
            for keyword in dict.fromkeys(re.split(r"\s*[,，、;；|]\s*", keywords.strip().lower()))
            if 1 < len(keyword) < 40 and keyword in text.lower() and keyword not in title.lower()
        ],
    )


_PARSER = html.HTMLParser(encoding="utf-8")


def _tells(description: list[str], text: list[str]) -> bool:
    """Whether it is about the article, and not copied from it."""
    known = set(text)
    return (
        len(description) >= 12
        and len(text) >= 3 * len(description)
        and sum(word in known for word in description) >= 0.6 * len(description)
        and _longest_run(description, text) < 0.5 * len(description)
    )


def _longest_run(words: list[str], text: list[str]) -> int:
    """Of *words* in *text*, unbroken."""
    places = defaultdict(list)
    for at, word in enumerate(text):
        places[word].append(at)
    longest, before = 0, dict[int, int]()
    for word in words:
        before = {at: before.get(at - 1, 0) + 1 for at in places[word]}
        longest = max([longest, *before.values()])
    return longest


def _show(found: dict[tuple[str, str, str], list[float]]) -> None:
    for group, what in dict.fromkeys(key[:2] for key in sorted(found)):
        rows = {name: values for (*place, name), values in found.items() if place == [group, what]}
        print(f"{group}, {what} ({len(rows['lead'])} articles)")
        for name, values in rows.items():
            low, high = _interval(values)
            print(f"  {name:28} {statistics.fmean(values):7.3f}  [{low:.3f}, {high:.3f}]")


def _interval(values: list[float]) -> tuple[float, float]:
    draws = random.Random(1)
    means = sorted(statistics.fmean(draws.choices(values, k=len(values))) for _ in range(1_000))
    return means[25], means[974]


if __name__ == "__main__":
    sys.exit(main())
