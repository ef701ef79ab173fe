"""What is known of each block of a page, as numbers for the judge.

Each group is a handful of numbers with one idea behind them. `NAMES` has them all in their order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from math import copysign, log1p

from msgspec import Struct

from .blocks import TOKEN, Block, Outline, Region
from .claims import Claims
from .context import MARKS, Context

GROUPS = {
    "own": "tokens linked punctuated sentence capitals digits bold dated rights lettering "
    "paragraph heading item cell code quote container",
    "near": "before_tokens before_linked after_tokens after_linked second_before_tokens "
    "second_before_linked second_after_tokens second_after_linked around_linked around_tokens "
    "around_prose",
    "place": "position share_before prose_before depth",
    "marks": " ".join(f"in_{mark}" for mark in MARKS),
    "classes": "class_least class_most class_sum class_nearest",
    "core": "from_core from_densest core_share densest_share",
    "regions": " ".join(
        f"{which}_{what}"
        for which in ("region", "parent", "grandparent", "great_grandparent")
        for what in ("share", "linked", "blocks", "prose_share", "prose", "headlines")
    ),
    "siblings": "siblings sibling_index sibling_tokens siblings_share siblings_prose "
    "siblings_headlines",
    "words": "words_mean words_least heading_words heading_distance",
    "alike": "alike alike_linked alike_tokens alike_share copies",
    "title": "title_words blocks_from_title tokens_from_title steps_from_title in_title_article",
    "claimed": "in_claimed_body in_description",
    "page": "page_tokens page_blocks page_linked page_prose page_cjk page_articles "
    "page_is_article page_is_forum page_is_product page_shared_as_article page_has_body page_root "
    "page_long_blocks page_longest page_hidden title_article_prose",
}
NAMES = tuple(" ".join(GROUPS.values()).split())

_SIGNS = re.compile(r"[.,;:!?，。；：！？、]")
_END = re.compile(r"[.!?。！？…:：][\"”’)」』]?$|[”」』]$")
_DATE = re.compile(
    r"\d{4}\s?[-/.年]\s?\d{1,2}|\d{1,2}[./:]\d{2}"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b",
    re.IGNORECASE,
)
_RIGHTS = re.compile(r"©|copyright|all rights reserved|版权所有", re.IGNORECASE)
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_ARTICLES = frozenset({"Article", "NewsArticle", "BlogPosting", "ReportageNewsArticle"})
_FORUMS = frozenset({"DiscussionForumPosting", "QAPage", "Question", "Comment"})
_KINDS = (
    {"p"},
    {"h1", "h2", "h3", "h4", "h5", "h6"},
    {"li"},
    {"td", "th"},
    {"pre"},
    {"blockquote"},
    {"div", "section", "article", "main", "body", "center"},
)
#: A block of so many tokens is known by its words.
SHORT = 12
#: Blocks on each side that count as near.
_NEAR = 4
#: Tokens of a block that is long whatever the page.
_LONG = 40


Row = tuple[float, ...]


class Words(Struct, frozen=True):
    """How much more often a word goes with content than without it, as a logarithm."""

    classes: dict[str, float] = {}  #: words in classes and ids of regions around
    texts: dict[str, float] = {}  #: words of short blocks
    headings: dict[str, float] = {}  #: words of the heading above


def features_of(outline: Outline, claims: Claims, url: str, words: Words) -> list[list[float]]:
    """A row for each block of *outline*, its columns as in `NAMES`; linear in the page's size."""
    if not outline.blocks:
        return []
    context = Context(outline, claims, words.classes)
    blocks = outline.blocks
    groups = (
        _own(blocks),
        _near(blocks),
        _place(outline),
        _surroundings(outline, context),
        _worded(blocks, words),
        _alike(outline),
        _from_title(outline, context),
        _claimed(blocks, claims),
    )
    page = _page(outline, context, claims, url)
    return [[*chain.from_iterable(parts), *page] for parts in zip(*groups, strict=True)]


def _own(blocks: list[Block]) -> Iterator[Row]:
    for block in blocks:
        text = block.text
        length = len(text)
        count = max(block.tokens, 1)
        tag = block.region.element.tag
        yield (
            log1p(block.tokens),
            block.link_share,
            len(_SIGNS.findall(text)) / count,
            float(_END.search(text, max(0, length - 2)) is not None),
            sum(map(str.isupper, text)) / length,
            sum(map(str.isdigit, text)) / length,
            block.bold,
            float(_DATE.search(text) is not None),
            float(_RIGHTS.search(text) is not None),
            length / count,
            *[float(tag in kind) for kind in _KINDS],
        )


def _near(blocks: list[Block]) -> Iterator[Row]:
    edge = (0.0, 0.0)
    pairs = [edge, edge, *((log1p(each.tokens), each.link_share) for each in blocks), edge, edge]
    for index in range(len(blocks)):
        near = blocks[max(0, index - _NEAR) : index + _NEAR + 1]
        tokens = sum(each.tokens for each in near)
        linked = sum(each.tokens * each.link_share for each in near)
        yield (
            *pairs[index + 1],
            *pairs[index + 3],
            *pairs[index],
            *pairs[index + 4],
            linked / max(tokens, 1),
            log1p(tokens),
            float(sum(each.is_prose for each in near)),
        )


def _place(outline: Outline) -> Iterator[Row]:
    tokens, prose = max(outline.body.tokens, 1), max(outline.body.prose, 1)
    before = prose_before = 0
    for index, block in enumerate(outline.blocks):
        yield (
            index / len(outline.blocks),
            before / tokens,
            prose_before / prose,
            float(block.region.depth),
        )
        before += block.tokens
        prose_before += block.tokens if block.is_prose else 0


def _surroundings(outline: Outline, context: Context) -> Iterator[Row]:
    """The groups marks, classes, core, regions and siblings: the same for a whole region."""
    rows: dict[Region, Row] = {}
    body = outline.body
    core = (
        context.core.tokens / max(body.tokens, 1),
        context.densest.tokens / max(body.tokens, 1),
    )
    shares: dict[Region, Row] = {}
    for block in outline.blocks:
        region = block.region
        if region not in rows:
            around = context.around[region]
            rows[region] = (
                *around.marks,
                *around.classes,
                around.from_core,
                around.from_densest,
                *core,
                *_regions(region, body, shares),
                *_siblings(region, context, body),
            )
        yield rows[region]


def _regions(region: Region, body: Region, shares: dict[Region, Row]) -> Iterator[float]:
    for _ in range(4):
        if region not in shares:
            tokens = max(region.tokens, 1)
            shares[region] = (
                region.tokens / max(body.tokens, 1),
                region.linked / tokens,
                log1p(region.blocks),
                region.prose / max(body.prose, 1),
                region.prose / tokens,
                region.headlines / max(region.blocks, 1),
            )
        yield from shares[region]
        region = region.parent or region


def _siblings(region: Region, context: Context, body: Region) -> Row:
    """The nearest region around that has siblings of its kind."""
    inner: Region | None = region
    while inner is not None:
        around = context.around[inner]
        siblings = around.siblings
        if siblings is not None:
            return (
                siblings.count,
                around.index,
                siblings.tokens / siblings.count,
                siblings.tokens / max(body.tokens, 1),
                siblings.prose / max(siblings.tokens, 1),
                siblings.with_headline / siblings.count,
            )
        inner = inner.parent
    return (0.0,) * 6


def _worded(blocks: list[Block], words: Words) -> Iterator[Row]:
    heading, distance = 0.0, 0
    for block in blocks:
        if block.is_heading:
            heading, distance = _mean(_weights(block, words.headings)), 0
        weights = _weights(block, words.texts) if block.tokens <= SHORT else []
        yield _mean(weights), min(weights, default=0.0), heading, float(distance)
        distance += 1


def _weights(block: Block, known: dict[str, float]) -> list[float]:
    return [known[word] for word in set(block.words) if word in known]


def _mean(weights: list[float]) -> float:
    return sum(weights) / len(weights) if weights else 0.0


def _alike(outline: Outline) -> Iterator[Row]:
    """Blocks that are marked up alike share a fate: teasers, posts, items of a menu."""
    marked = [_markup(block.region) for block in outline.blocks]
    counts = Counter(marked)
    tokens: Counter[tuple[str, ...]] = Counter()
    linked: Counter[tuple[str, ...]] = Counter()
    texts = Counter(block.text for block in outline.blocks)
    for markup, block in zip(marked, outline.blocks, strict=True):
        tokens[markup] += block.tokens
        linked[markup] += block.link_share  # type: ignore[assignment]  # a counter of shares
    for markup, block in zip(marked, outline.blocks, strict=True):
        count = counts[markup]
        yield (
            log1p(count),
            linked[markup] / count,
            tokens[markup] / count,
            tokens[markup] / max(outline.body.tokens, 1),
            float(texts[block.text]),
        )


def _markup(region: Region) -> tuple[str, ...]:
    element = region.element
    parent = region.parent.element if region.parent is not None else element
    return element.tag, element.get("class", ""), parent.tag, parent.get("class", "")


def _from_title(outline: Outline, context: Context) -> Iterator[Row]:
    title, words = context.title, context.title_words
    inside = _inside(context.title_article)
    since = -sum(block.tokens for block in outline.blocks[: title + 1])
    for index, block in enumerate(outline.blocks):
        blocks = index - title
        yield (
            len(words.intersection(block.words)) / max(block.tokens, 1),
            copysign(log1p(abs(blocks)), blocks) if title >= 0 else 0.0,
            log1p(abs(since)) if title >= 0 else -1.0,
            context.around[block.region].from_title if title >= 0 else -9.0,
            float(block.region in inside) if inside else -1.0,
        )
        since += block.tokens


def _inside(region: Region | None) -> set[Region]:
    """*region* and all regions in it."""
    found, left = set(), [region] if region is not None else []
    while left:
        each = left.pop()
        found.add(each)
        left.extend(each.children)
    return found


def _claimed(blocks: list[Block], claims: Claims) -> Iterator[Row]:
    body = _grams([word for text in claims.bodies for word in TOKEN.findall(text.lower())])
    description = _grams(TOKEN.findall(claims.description.lower()))
    for block in blocks:
        grams = list(zip(block.words, block.words[1:], block.words[2:], strict=False))
        count = max(len(grams), 1)
        yield (
            sum(gram in body for gram in grams) / count if body else -1.0,
            sum(gram in description for gram in grams) / count if description else 0.0,
        )


def _grams(words: list[str]) -> set[tuple[str, str, str]]:
    return set(zip(words, words[1:], words[2:], strict=False))


def _page(outline: Outline, context: Context, claims: Claims, url: str) -> Row:
    blocks, body = outline.blocks, outline.body
    tokens = max(body.tokens, 1)
    hidden = MARKS.index("hidden")
    article = context.title_article
    text = "".join(block.text for block in blocks[:200])
    return (
        log1p(body.tokens),
        log1p(len(blocks)),
        body.linked / tokens,
        body.prose / tokens,
        len(_WIDE.findall(text)) / max(len(text), 1),
        float(sum(region.element.tag == "article" for region in outline.regions)),
        float(not _ARTICLES.isdisjoint(claims.types)),
        float(not _FORUMS.isdisjoint(claims.types)),
        float("Product" in claims.types),
        float(claims.kind == "article"),
        float(bool(claims.bodies)),
        float(url.rstrip("/").count("/") <= 2),
        float(sum(block.tokens >= _LONG for block in blocks)),
        max(block.tokens for block in blocks) / tokens,
        sum(b.tokens for b in blocks if context.around[b.region].marks[hidden]) / tokens,
        article.prose / max(body.prose, 1) if article is not None else -1.0,
    )
