"""What a region has from the regions around it, and from the page."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import repeat

from lxml import etree

from .blocks import TOKEN, Block, Outline, Region
from .claims import Claims

_CLASS_WORD = re.compile(r"[A-Z]?[a-z]{2,19}|[A-Z]{3,19}")
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CONTENT_PROPERTIES = frozenset({"articleBody", "text", "mainContentOfPage", "reviewBody"})
MARKS = "hidden named_content article main aside footer form list section".split()
_HIDDEN, _NAMED_CONTENT = 0, 1
#: Elements, and roles of WAI-ARIA 1.2, → the mark that they are.
_MARK = {name: index for index, name in enumerate(MARKS)} | {
    other: MARKS.index(mark)
    for other, mark in (
        ("ul", "list"),
        ("ol", "list"),
        ("dl", "list"),
        ("contentinfo", "footer"),
        ("complementary", "aside"),
        ("dialog", "aside"),
    )
}
#: Elements, and roles, that stand beside the content; the others do so outside of an article only.
_NAVIGATION = frozenset("nav navigation menu menubar toolbar search".split())
_BESIDE = frozenset("aside complementary dialog footer contentinfo header banner".split())
_INNER = frozenset({"article", "main"})
_MEANT = _NAVIGATION | _BESIDE | _INNER | {"noscript"}
#: The share of a page's prose that its core holds.
_CORE_SHARE = 0.5
#: A title has at most so many tokens.
_TITLE_TOKENS = 40
#: What a region gets of the weight of a block that it holds itself, and holds within another.
_WEIGHTS = (1.0, 0.5, 0.33)

Row = tuple[float, ...]


class Around:
    """What a region has from itself and those around it."""

    __slots__ = ("classes", "is_doubtful", "is_inner", "marks", "steps")

    def __init__(self, above: Around | None) -> None:
        self.marks: Row = above.marks if above else (0,) * len(MARKS)  #: counts, as `MARKS`
        #: Weights of the words of classes and ids: least, most, sum, nearest.
        self.classes: Row = above.classes if above else (0.0, 0.0, 0.0, 0.0)
        #: Steps up to what holds the core, the densest, the title, and the title with prose; less
        #: than 0 within that itself.
        self.steps: tuple[int, ...] = (0, 0, 0, 0)
        #: In an article, and beside the content, by the page's own marks.
        self.is_inner: bool = above is not None and above.is_inner
        self.is_doubtful: bool = above is not None and above.is_doubtful


def class_words(element: etree._Element) -> set[str]:
    """The words of an element's class and id, in lower case."""
    return _words_of(element.get("class"), element.get("id"))


def _words_of(class_name: str | None, name: str | None) -> set[str]:
    if not class_name and not name:
        return set()
    return {word.lower() for word in _CLASS_WORD.findall(f"{class_name or ''} {name or ''}")}


class Context:
    """The regions of *outline* beside each other; *classes* weighs words of classes and ids."""

    def __init__(self, outline: Outline, claims: Claims, classes: dict[str, float]) -> None:
        self._known = classes
        self._weighed: dict[tuple[str | None, str | None], float] = {}
        self.title_words = set(TOKEN.findall(f"{claims.title} {claims.shared_title}".lower()))
        self.core = _core(outline.body)
        self.densest = _densest(outline)
        self.title = _title(outline.blocks, self.title_words)
        titled = outline.blocks[self.title].region if self.title >= 0 else None
        self.title_article = _article(titled)
        self.titled = _with_prose(titled)
        self._lineages = [_lineage(each) for each in (self.core, self.densest, titled, self.titled)]
        self.around: dict[Region, Around] = {outline.body: Around(None)}
        for region in outline.regions[1:]:
            if region.blocks:
                self._surround(region)

    def _surround(self, region: Region) -> None:
        above = self.around[region.parent]  # type: ignore[index]  # only the body has none
        around = self.around[region] = Around(above)
        around.steps = self._steps(region, above.steps)
        attributes = region.attributes
        role = attributes.get("role", "").lower()
        if role in _MEANT or region.tag in _MEANT:
            self._heed(around, region, {region.tag, role})
        mark = _MARK.get(role, _MARK.get(region.tag))
        if mark is not None:
            around.marks = _counted(around.marks, mark)
        if not attributes:
            return
        if _is_hidden(attributes):
            around.marks = _counted(around.marks, _HIDDEN)
        if attributes.get("itemprop") in _CONTENT_PROPERTIES:
            around.marks = _counted(around.marks, _NAMED_CONTENT)
        weight = self._weight(attributes.get("class"), attributes.get("id"))
        if weight:
            least, most, total, _ = around.classes
            around.classes = (min(least, weight), max(most, weight), total + weight, weight)

    def _heed(self, around: Around, region: Region, names: set[str]) -> None:
        """What the element and role of *region* say of all that is in it."""
        around.is_inner |= not names.isdisjoint(_INNER)
        if region.tag == "noscript":  # some forums have their posts there alone
            around.is_doubtful |= region not in self._lineages[0]
        else:
            beside = _NAVIGATION if around.is_inner else _NAVIGATION | _BESIDE
            around.is_doubtful |= not names.isdisjoint(beside)

    def _steps(self, region: Region, above: tuple[int, ...]) -> tuple[int, ...]:
        core, densest, titled, with_prose = above
        if core > 0 and densest > 0 and titled > 0 and with_prose > 0:
            return core + 1, densest + 1, titled + 1, with_prose + 1
        return tuple(map(_steps, repeat(region), self._lineages, above))

    def _weight(self, class_name: str | None, name: str | None) -> float:
        """What the strongest of its words weighs; 0 where none is known."""
        weight = self._weighed.get((class_name, name))
        if weight is None:
            words = _words_of(class_name, name)
            known = sorted(self._known[word] for word in words if word in self._known)
            weight = self._weighed[class_name, name] = max(known, key=abs, default=0.0)
        return weight


def _counted(marks: Row, mark: int) -> Row:
    return *marks[:mark], marks[mark] + 1, *marks[mark + 1 :]


def _is_hidden(attributes: dict[str, str]) -> bool:
    """Whether the markup of an element says that it is not shown; style sheets may differ."""
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or ("style" in attributes and _HIDING.search(attributes["style"]) is not None)
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
        if block.region.tag in {"p", "li", "blockquote", "pre", "td"}:
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
    if not words:
        return index
    for at, block in enumerate(blocks):
        if not 0 < block.tokens <= _TITLE_TOKENS:
            continue
        own = set(block.words)
        common = len(own & words)
        if not common:
            continue
        score = common / len(own) / 2 + common / len(words) / 2
        score += {"h1": 0.3, "h2": 0.1, "h3": 0.1}.get(block.region.tag, 0)
        score -= 0.4 * (block.link_share > 0.5)
        if score > best:
            best, index = score, at
    return index


def _with_prose(region: Region | None) -> Region | None:
    """The smallest region around *region* that holds prose."""
    while region is not None and not region.prose:
        region = region.parent
    return region


def _article(region: Region | None) -> Region | None:
    """The article that *region* is in, by the page's own marks."""
    while region is not None:
        element = region.element
        if region.tag in {"article", "main"} or element.get("role") in {"article", "main"}:
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


def _steps(region: Region, lineage: dict[Region, int], above: int) -> int:
    """Steps from *region* up to the *lineage* of another; less than 0 from within that one."""
    if above > 0:
        return above + 1
    if region in lineage:
        return 0
    if above < 0 or lineage.get(region.parent) == 0:  # type: ignore[arg-type]  # only the body has none
        return above - 1
    return 1
