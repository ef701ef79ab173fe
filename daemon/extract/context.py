"""What a block has from the regions around it."""

from __future__ import annotations

import re
from collections import defaultdict

from lxml import etree
from msgspec import Struct

from .blocks import TOKEN, Block, Outline, Region
from .claims import Claims

_CLASS_WORD = re.compile(r"[A-Z]?[a-z]{2,19}|[A-Z]{3,19}")
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CONTENT_PROPERTIES = frozenset({"articleBody", "text", "mainContentOfPage", "reviewBody"})
MARKS = (
    "noscript hidden article main nav aside footer header form table list figure quotes section "
    "details named_content"
).split()
#: Elements, and roles of WAI-ARIA 1.2, → the mark that they are.
_MARK = {name: index for index, name in enumerate(MARKS)} | {
    other: MARKS.index(mark)
    for other, mark in (
        ("ul", "list"),
        ("ol", "list"),
        ("dl", "list"),
        ("blockquote", "quotes"),
        ("navigation", "nav"),
        ("menu", "nav"),
        ("menubar", "nav"),
        ("toolbar", "nav"),
        ("search", "nav"),
        ("banner", "header"),
        ("contentinfo", "footer"),
        ("complementary", "aside"),
        ("dialog", "aside"),
    )
}
#: The share of a page's prose that its core holds.
_CORE_SHARE = 0.5
#: A title has at most so many tokens.
_TITLE_TOKENS = 40
#: What a region gets of the weight of a block that it holds itself, and holds within another.
_WEIGHTS = (1.0, 0.5, 0.33)
_NO_CLASSES = (0.0, 0.0, 0.0, 0.0)


class Siblings(Struct, frozen=True):
    """Regions of one parent, of the same element and class: the items of a list, posts, teasers."""

    count: int
    tokens: int
    prose: int
    with_headline: int  #: of them, those with a link of several words


class Around(Struct):
    """What a region has from itself and those around it."""

    marks: tuple[int, ...]  #: how many of each mark of `MARKS`
    classes: tuple[float, float, float, float]  #: of its words: least, most, sum, nearest
    from_core: int  #: steps up to what holds the core; less than 0 within the core
    from_densest: int
    from_title: int
    siblings: Siblings | None = None
    index: int = 0  #: among them


def class_words(element: etree._Element) -> set[str]:
    """The words of an element's class and id, in lower case."""
    named = f"{element.get('class', '')} {element.get('id', '')}"
    return {word.lower() for word in _CLASS_WORD.findall(named)} if named != " " else set()


class Context:
    """The regions of *outline* beside each other; *classes* weighs words of classes and ids."""

    def __init__(self, outline: Outline, claims: Claims, classes: dict[str, float]) -> None:
        self._classes = classes
        self.title_words = set(TOKEN.findall(f"{claims.title} {claims.shared_title}".lower()))
        self.core = _core(outline.body)
        self.densest = _densest(outline)
        self.title = _title(outline.blocks, self.title_words)
        titled = outline.blocks[self.title].region if self.title >= 0 else None
        self.title_article = _article(titled)
        core, densest, title = map(_lineage, (self.core, self.densest, titled))
        self.around: dict[Region, Around] = {}
        for region in outline.regions:
            above = self.around[region.parent] if region.parent is not None else None
            self.around[region] = Around(
                marks=_marks(region.element, above),
                classes=self._weighed(region.element, above),
                from_core=_steps(region, core, above and above.from_core),
                from_densest=_steps(region, densest, above and above.from_densest),
                from_title=_steps(region, title, above and above.from_title),
            )
        for region in outline.regions:
            self._compare(region)

    def _weighed(
        self, element: etree._Element, above: Around | None
    ) -> tuple[float, float, float, float]:
        least, most, total, nearest = above.classes if above is not None else _NO_CLASSES
        known = self._classes
        weights = [known[word] for word in class_words(element) if word in known]
        if not weights:
            return least, most, total, nearest
        weight = max(weights, key=abs)
        return min(least, weight), max(most, weight), total + weight, weight

    def _compare(self, region: Region) -> None:
        """Tell the children of *region* which of them are alike."""
        alike = defaultdict(list)
        for child in region.children:
            alike[child.element.tag, child.element.get("class", "").split(" ")[0]].append(child)
        for group in alike.values():
            if len(group) < 3:
                continue
            siblings = Siblings(
                len(group),
                sum(each.tokens for each in group),
                sum(each.prose for each in group),
                sum(each.headlines > 0 for each in group),
            )
            for index, each in enumerate(group):
                around = self.around[each]
                around.siblings, around.index = siblings, index


def _marks(element: etree._Element, above: Around | None) -> tuple[int, ...]:
    marks = list(above.marks) if above is not None else [0] * len(MARKS)
    mark = _MARK.get(element.get("role", "").lower())
    if mark is None:
        mark = _MARK.get(element.tag)
    if mark is not None:
        marks[mark] += 1
    if is_hidden(element):
        marks[_MARK["hidden"]] += 1
    if element.get("itemprop") in _CONTENT_PROPERTIES:
        marks[_MARK["named_content"]] += 1
    return tuple(marks)


def is_hidden(element: etree._Element) -> bool:
    """Whether its own markup says that it is not shown; style sheets may say otherwise."""
    style = element.get("style")
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or (style is not None and _HIDING.search(style) is not None)
    )


def _core(body: Region) -> Region:
    """The smallest region that has the larger part of the prose."""
    core = body
    while inner := [
        child for child in core.children if child.prose >= _CORE_SHARE * max(body.prose, 1)
    ]:
        core = inner[0]
    return core


def _densest(outline: Outline) -> Region:
    """The region whose paragraphs weigh most, as readability looks for it (Arc90, 2010)."""
    weights: dict[Region, float] = defaultdict(float)
    for block in outline.blocks:
        if block.tokens < 8 or block.link_share >= 0.5:
            continue
        weight = min(block.tokens, 100) * (1 - block.link_share)
        region: Region | None = block.region
        if block.region.element.tag in {"p", "li", "blockquote", "pre", "td"}:
            region = block.region.parent
        for share in _WEIGHTS:
            if region is not None:
                weights[region] += share * weight
                region = region.parent

    def density(region: Region) -> float:
        return weights[region] * (1 - region.linked / max(region.tokens, 1))

    return max(weights, key=density, default=outline.body)


def _title(blocks: list[Block], words: set[str]) -> int:
    """The index of the block that shows the page's title; -1 for none."""
    best, index = 0.5, -1
    for at, block in enumerate(blocks):
        if not words or block.tokens > _TITLE_TOKENS:
            continue
        common = len(words.intersection(block.words))
        if not common:
            continue
        score = common / len(set(block.words)) / 2 + common / len(words) / 2
        score += {"h1": 0.3, "h2": 0.1, "h3": 0.1}.get(block.region.element.tag, 0)
        score -= 0.4 * (block.link_share > 0.5)
        if score > best:
            best, index = score, at
    return index


def _article(region: Region | None) -> Region | None:
    """The article that *region* is in, by the page's own marks."""
    while region is not None:
        element = region.element
        if element.tag in {"article", "main"} or element.get("role") in {"article", "main"}:
            return region
        if "Article" in element.get("itemtype", ""):
            return region
        region = region.parent
    return None


def _lineage(region: Region | None) -> dict[Region, int]:
    """*region* and those around it, by their steps up from it."""
    found: dict[Region, int] = {}
    while region is not None:
        found[region] = len(found)
        region = region.parent
    return found


def _steps(region: Region, lineage: dict[Region, int], above: int | None) -> int:
    """Steps from *region* up to the *lineage* of another; less than 0 from within that one."""
    if above is None or region in lineage:
        return 0
    if above > 0:
        return above + 1
    within = above < 0 or (region.parent is not None and lineage.get(region.parent) == 0)
    return above - 1 if within else 1
