"""What is known of each block of a page, as numbers for the judge.

Each group is a handful of numbers with one idea behind them. Those of `OF_REGION` hold for all
blocks of a region, and are cheap; those of `OF_BLOCK` are asked for only where they can change
the answer. `NAMES` has them all in their order.
"""

from __future__ import annotations

import re
from itertools import accumulate
from math import copysign, log1p

from msgspec import Struct

from .blocks import CJK, Block, Markup, Outline, Region
from .claims import Claims
from .context import MARKS, Context, Row

OF_REGION = {
    "page": "page_tokens page_blocks page_linked page_prose page_cjk page_articles "
    "page_is_article page_shared_as_article page_root page_long_blocks page_longest "
    "page_hidden core_share densest_share title_article_prose titled_prose titled_prose_share",
    "marks": "doubtful " + " ".join(f"in_{mark}" for mark in MARKS),
    "classes": "class_least class_most class_sum class_nearest",
    "core": "from_core from_densest",
    "regions": "depth container "
    + " ".join(
        f"{which}_{what}"
        for which in ("region", "parent", "grandparent", "great_grandparent")
        for what in ("share", "linked", "blocks", "prose_share", "prose", "headlines")
    ),
    "alike": "alike alike_linked alike_tokens alike_share",
    "article": "steps_from_title in_title_article from_titled",
}
OF_BLOCK = {
    "near": "tokens linked around_linked around_tokens around_prose after_linked before_tokens "
    "after_tokens",
    "words": "words_mean words_least heading_words heading_distance heading_rank",
    "title": "title_words blocks_from_title tokens_from_title",
}
GROUPS = OF_REGION | OF_BLOCK
NAMES = tuple(" ".join(GROUPS.values()).split())
REGION_NAMES = tuple(" ".join(OF_REGION.values()).split())

_WIDE = re.compile(f"[{CJK}]")
_ARTICLES = frozenset({"Article", "NewsArticle", "BlogPosting", "ReportageNewsArticle"})
_CONTAINERS = frozenset({"div", "section", "article", "main", "body", "center"})
#: A block of so many tokens is known by its words.
SHORT = 12
#: Blocks on each side that count as near.
_NEAR = 4
#: Tokens of a block that is long whatever the page.
_LONG = 40


class Words(Struct, frozen=True):
    """How much more often a word goes with content than without it, as a logarithm."""

    classes: dict[str, float] = {}  #: words in classes and ids of regions around
    texts: dict[str, float] = {}  #: words of short blocks
    headings: dict[str, float] = {}  #: words of the heading above


class Features:
    """The numbers of each block of *outline*, whose page makes *claims* and stands at *url*.

    All of them take time linear in the page's size.
    """

    def __init__(self, outline: Outline, claims: Claims, url: str, words: Words) -> None:
        self._outline = outline
        self._blocks = outline.blocks
        self._words = words
        self._context = Context(outline, claims, words.classes)
        self._page = _page(outline, self._context, claims, url)
        self._counts: dict[Region, Row] = {}
        self._alike = _alike(outline)
        self._titled = _inside(self._context.title_article)
        self._sums = _Sums(outline.blocks)
        self._headings = _headings(outline.blocks, words.headings)

    def of_region(self, region: Region) -> Row:
        """What holds for all blocks that *region* holds itself, in the order of `OF_REGION`."""
        context = self._context
        around = context.around[region]
        from_core, from_densest, from_title, from_titled = around.steps
        return (
            *self._page,
            around.is_doubtful,
            *around.marks,
            *around.classes,
            from_core,
            from_densest,
            region.depth,
            region.tag in _CONTAINERS,
            *self._four(region),
            *self._alike[region.markup],
            from_title if context.title >= 0 else -9,
            region in self._titled if self._titled else -1,
            from_titled if context.titled else -9,
        )

    def _four(self, region: Region) -> Row:
        """The counts of *region* and the three around it."""
        parent = region.parent or region
        grandparent = parent.parent or parent
        return (
            *self._counts_of(region),
            *self._counts_of(parent),
            *self._counts_of(grandparent),
            *self._counts_of(grandparent.parent or grandparent),
        )

    def _counts_of(self, region: Region) -> Row:
        counts = self._counts.get(region)
        if counts is None:
            body, tokens = self._outline.body, region.tokens or 1
            counts = self._counts[region] = (
                region.tokens / (body.tokens or 1),
                region.linked / tokens,
                region.blocks,
                region.prose / (body.prose or 1),
                region.prose / tokens,
                region.headlines / (region.blocks or 1),
            )
        return counts

    def of_block(self, index: int) -> Row:
        """What holds for the block at *index* alone, in the order of `OF_BLOCK`."""
        words = self._blocks[index].words
        return (
            *self._sums.near(index),
            *self._worded(index, words),
            *self._from_title(index, words),
        )

    def _worded(self, index: int, words: list[str]) -> Row:
        weights = _weights(words, self._words.texts) if len(words) <= SHORT else []
        return (_mean(weights), min(weights, default=0.0), *self._headings[index])

    def _from_title(self, index: int, words: list[str]) -> Row:
        title = self._context.title
        common = len(self._context.title_words.intersection(words)) / (len(words) or 1)
        if title < 0:
            return common, 0, -1
        blocks = index - title
        tokens = abs(self._sums.tokens[index] - self._sums.tokens[title + 1])
        return common, copysign(log1p(abs(blocks)), blocks), tokens


class _Sums:
    """Running sums over the blocks: what is near each."""

    def __init__(self, blocks: list[Block]) -> None:
        self._blocks = blocks
        self.tokens = [0, *accumulate(block.tokens for block in blocks)]
        self._linked = [0.0, *accumulate(block.tokens * block.link_share for block in blocks)]
        self._prose = [0, *accumulate(block.is_prose for block in blocks)]

    def near(self, index: int) -> Row:
        low, high = max(0, index - _NEAR), min(index + _NEAR + 1, len(self._blocks))
        tokens = self.tokens[high] - self.tokens[low]
        before = self._blocks[index - 1] if index else None
        after = self._blocks[index + 1] if index + 1 < len(self._blocks) else None
        return (
            self._blocks[index].tokens,
            self._blocks[index].link_share,
            (self._linked[high] - self._linked[low]) / (tokens or 1),
            tokens,
            self._prose[high] - self._prose[low],
            after.link_share if after else 0,
            before.tokens if before else 0,
            after.tokens if after else 0,
        )


def _headings(blocks: list[Block], known: dict[str, float]) -> list[Row]:
    """Of each block what the words of the heading above weigh, its distance in blocks, its rank."""
    found: list[Row] = []
    weight, distance, rank = 0.0, 0, 0
    for block in blocks:
        if block.is_heading:
            weight, distance = _mean(_weights(block.words, known)), 0
            rank = int(block.region.tag[1])
        found.append((weight, distance, rank))
        distance += 1
    return found


def _weights(words: list[str], known: dict[str, float]) -> list[float]:
    return [known[word] for word in dict.fromkeys(words) if word in known]


def _mean(weights: list[float]) -> float:
    return sum(weights) / len(weights) if weights else 0.0


def _alike(outline: Outline) -> dict[Markup, Row]:
    """Blocks that are marked up alike share a fate: teasers, posts, items of a menu."""
    sums: dict[Markup, list[float]] = {}
    for block in outline.blocks:
        totals = sums.setdefault(block.region.markup, [0, 0, 0])
        totals[0] += 1
        totals[1] += block.link_share
        totals[2] += block.tokens
    page = outline.body.tokens or 1
    return {
        markup: (count, linked / count, tokens / count, tokens / page)
        for markup, (count, linked, tokens) in sums.items()
    }


def _inside(region: Region | None) -> set[Region]:
    """*region* and all regions in it."""
    found, left = set(), [region] if region is not None else []
    while left:
        each = left.pop()
        found.add(each)
        left.extend(each.children)
    return found


def _page(outline: Outline, context: Context, claims: Claims, url: str) -> Row:
    blocks, body = outline.blocks, outline.body
    tokens = body.tokens or 1
    article = context.title_article
    text = "".join([block.text for block in blocks[:200]])
    hidden = (b.tokens for b in blocks if context.around[b.region].marks[0])
    return (
        body.tokens,
        len(blocks),
        body.linked / tokens,
        body.prose / tokens,
        0.0 if text.isascii() else len(_WIDE.findall(text)) / len(text),
        sum([region.tag == "article" for region in outline.regions]),
        not _ARTICLES.isdisjoint(claims.types),
        claims.kind == "article",
        url.rstrip("/").count("/") <= 2,
        sum([block.tokens >= _LONG for block in blocks]),
        max([block.tokens for block in blocks], default=0) / tokens,
        sum(hidden) / tokens,
        context.core.tokens / tokens,
        context.densest.tokens / tokens,
        article.prose / (body.prose or 1) if article is not None else -1,
        context.titled.prose if context.titled is not None else -1,
        context.titled.prose / (body.prose or 1) if context.titled is not None else -1,
    )
