"""The tree with nothing in it but the blocks that are kept, and what belongs to them."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate

from lxml import etree

from ..tree import DROPPED
from .blocks import Outline, Region
from .images import is_emblem, is_icon, is_linked
from .together import MOST_ABOVE, holds

_CELLS = frozenset({"td", "th"})
#: What is content without words, as far as the text around it is.
_WORDLESS = frozenset("audio embed hr iframe img math object picture svg video".split())
#: Blocks that are written at a picture.
_MOST_AT_PICTURE = 2


def prune(outline: Outline, kept: list[bool]) -> etree._Element:
    """Take out, in place, all that is not *kept*; returns what is left."""
    body = outline.body.element
    text = _Text(outline, kept)
    _plain(outline, text)
    stays = {outline.body}
    _prune_wordless(text, stays)
    _prune_blocks(outline, kept, stays)
    for region in outline.regions:
        if region in stays or region.element.tag == DROPPED:
            continue
        if region.tag in _CELLS and not region.blocks and region.parent in stays:
            stays.add(region)  # or the columns would shift
        else:
            region.element.tag = DROPPED
    etree.strip_elements(body, DROPPED, with_tail=False)
    return body


class _Text:
    """The blocks that are kept, and where in the page they stand."""

    def __init__(self, outline: Outline, kept: list[bool]) -> None:
        self.body = outline.body
        self.kept = kept
        self._blocks = [0, *accumulate(kept)]
        self._tokens = [0, *accumulate(_tokens_of(outline, kept))]
        self._first = kept.index(True) if self._blocks[-1] else 0
        self._divided: set[int] = set()  #: how many blocks are kept before each rule
        self._title = self._above(outline)
        common = self._holding(outline)
        self.regions: dict[etree._Element, Region] = {}
        self._within: set[Region] = set()  #: the regions in the smallest one with all that is kept
        self._worded: dict[Region, Region] = {}  #: the nearest around each that has words
        for region in outline.regions:
            self.regions[region.element] = region
            if region is common or region.parent in self._within:
                self._within.add(region)
            is_worded = region.tokens or region.parent is None
            self._worded[region] = region if is_worded else self._worded[region.parent]  # type: ignore[index]
        #: How many images each region with words holds beside those of others in it.
        self._images = Counter(map(self._around, self.body.element.iter("img")))

    def _holding(self, outline: Outline) -> Region:
        """The smallest region with all that is kept."""
        if not self._blocks[-1]:
            return outline.body
        last = len(self.kept) - 1 - self.kept[::-1].index(True)
        common = outline.blocks[self._first].region
        while not holds(common, last):
            common = common.parent or outline.body
        return common

    def _above(self, outline: Outline) -> int:
        """The block of the title above the text, or where the text begins."""
        above = range(self._first - 1, max(self._first - 1 - MOST_ABOVE, -1), -1)
        titles = (index for index in above if outline.blocks[index].region.tag == "h1")
        return next(titles, self._first)

    def region_of(self, element: etree._Element) -> Region:
        while element not in self.regions:
            element = element.getparent()  # type: ignore[assignment]  # the body is a region
        return self.regions[element]

    def _around(self, element: etree._Element) -> Region:
        return self._worded[self.region_of(element)]

    def tokens_in(self, region: Region) -> int:
        """How many tokens of *region* are kept."""
        return self._tokens[region.start + region.blocks] - self._tokens[region.start]

    def has(self, region: Region) -> bool:
        """Whether what has no words in *region* is content, as the text beside it is."""
        inner = self._worded[region]
        if not inner.tokens:
            return True
        if inner not in self._within:
            return False
        is_most = self.tokens_in(inner) * 2 >= inner.tokens
        if inner is region:
            return is_most
        after, before = (
            at < len(self.kept) and holds(inner, at) and self.kept[at]
            for at in (region.start, region.start - 1)
        )
        return after or (is_most and (before or inner.tag == "li"))

    def divides(self, rule: Region) -> bool:
        """Whether *rule* is the first between two texts; asked of each rule in its turn."""
        before = self._blocks[rule.start]
        is_first = before not in self._divided
        self._divided.add(before)
        return is_first and 0 < before < self._blocks[-1]

    def leads(self, region: Region) -> bool:
        """Whether an image in *region*, with what is written at it, stands before the text."""
        inner, behind = self._beyond_caption(region)
        if not (behind < len(self.kept) and self.kept[behind] and holds(inner, behind)):
            return False
        is_below_title = self._title < region.start and holds(inner, self._title)
        return inner in self._within or (behind == self._first and is_below_title)

    def _beyond_caption(self, region: Region) -> tuple[Region, int]:
        """What an image of *region* stands in with its caption, and the block behind both."""
        inner, behind = self._worded[region], region.start
        if self._images[inner] > 1:
            return inner, behind
        while inner.parent is not None and inner.blocks <= _MOST_AT_PICTURE and not inner.linked:
            inner, behind = inner.parent, inner.start + inner.blocks
        return inner, behind


def _tokens_of(outline: Outline, kept: list[bool]) -> list[int]:
    return [
        block.tokens if is_kept else 0 for block, is_kept in zip(outline.blocks, kept, strict=True)
    ]


def _plain(outline: Outline, text: _Text) -> None:
    """What its readers saw without scripts, and a table that laid out the page, are no more."""
    for region in outline.regions:
        if region.tag == "noscript" and region.blocks:
            region.element.tag = "div"
        elif region.tag == "table" and text.tokens_in(region) < region.tokens:
            region.element.set("role", "presentation")


def _prune_wordless(text: _Text, stays: set[Region]) -> None:
    body = text.body.element
    for element in list(body.iter(*_WORDLESS)):
        region = text.region_of(element)
        if _is_content(element, region, text):
            _stay(text.regions.get(element, region), stays)
        elif element is not body:
            element.tag = DROPPED


def _is_content(element: etree._Element, region: Region, text: _Text) -> bool:
    if element.tag == "hr":
        return text.has(region) and text.divides(region)
    if element.tag != "img":
        return text.has(region)
    if is_emblem(element) or (not region.tokens and is_icon(element)):
        return False
    return text.has(region) or (text.leads(region) and not is_linked(element))


def _prune_blocks(outline: Outline, kept: list[bool], stays: set[Region]) -> None:
    for block, is_kept in zip(outline.blocks, kept, strict=True):
        if is_kept:
            _stay(block.region, stays)
        else:
            for element, is_tail in block.pieces:
                _silence(element, is_tail=is_tail)


def _stay(region: Region | None, stays: set[Region]) -> None:
    while region is not None and region not in stays:
        stays.add(region)
        region = region.parent


def _silence(element: etree._Element, *, is_tail: bool) -> None:
    if is_tail:
        element.tail = None
    else:
        element.text = None
