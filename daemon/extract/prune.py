"""The tree with nothing in it but the blocks that are kept, and what belongs to them."""

from __future__ import annotations

from lxml import etree

from ..tree import DROPPED
from .blocks import Outline, Region, around

_CELLS = frozenset({"td", "th"})
#: What is content without words, as far as the text around it is.
_WORDLESS = frozenset("audio embed hr iframe img math object picture svg video".split())


def prune(outline: Outline, kept: list[bool]) -> etree._Element:
    """Take out, in place, all that is not *kept* or was not seen; returns what is left."""
    body = outline.body.element
    for element in outline.unseen:
        element.tag = DROPPED
    counts = _kept_tokens(outline, kept)
    _plain(outline, counts)
    common = _common(outline, kept)
    regions = {region.element: region for region in outline.regions}
    stays = {outline.body}
    for element in list(body.iter(*_WORDLESS)):
        region = _region_of(element, regions)
        if _belongs(region, counts, common, outline, kept):
            _stay(regions.get(element, region), stays)
        elif element is not body:
            element.tag = DROPPED
    for block, is_kept in zip(outline.blocks, kept, strict=True):
        if is_kept:
            _stay(block.region, stays)
        else:
            for element, is_tail in block.pieces:
                _silence(element, is_tail=is_tail)
    for region in outline.regions:
        if region in stays or region.element.tag == DROPPED:
            continue
        if region.tag in _CELLS and not region.blocks and region.parent in stays:
            stays.add(region)  # or the columns would shift
        else:
            region.element.tag = DROPPED
    etree.strip_elements(body, DROPPED, with_tail=False)
    return body


def _plain(outline: Outline, counts: dict[Region, int]) -> None:
    """What its readers saw without scripts, and a table that laid out the page, are no more."""
    for region in outline.regions:
        if region.tag == "noscript" and region.blocks:
            region.element.tag = "div"
        elif region.tag == "table" and counts[region] < region.tokens:
            region.element.set("role", "presentation")


def _kept_tokens(outline: Outline, kept: list[bool]) -> dict[Region, int]:
    counts = dict.fromkeys(outline.regions, 0)
    for block, is_kept in zip(outline.blocks, kept, strict=True):
        counts[block.region] += block.tokens if is_kept else 0
    for region in reversed(outline.regions):
        if region.parent is not None:
            counts[region.parent] += counts[region]
    return counts


def _common(outline: Outline, kept: list[bool]) -> Region:
    """The smallest region with all that is kept."""
    common: Region | None = None
    for block, is_kept in zip(outline.blocks, kept, strict=True):
        if is_kept:
            common = block.region if common is None else _shared(common, block.region)
    return common or outline.body


def _shared(one: Region, other: Region) -> Region:
    while one is not other:
        deeper = one if one.depth >= other.depth else other
        above = deeper.parent or deeper
        one, other = (above, other) if deeper is one else (one, above)
    return one


def _region_of(element: etree._Element, regions: dict[etree._Element, Region]) -> Region:
    above = element
    while above not in regions:
        above = above.getparent()  # type: ignore[assignment]  # the body is a region
    return regions[above]


def _belongs(
    region: Region, counts: dict[Region, int], common: Region, outline: Outline, kept: list[bool]
) -> bool:
    """Whether what has no words in *region* is content, as the text beside it is."""
    start = region.start
    inner = next(each for each in around(region) if each.tokens or each.parent is None)
    if not inner.tokens:
        return True
    if common not in around(inner):
        return False
    is_most = counts[inner] * 2 >= inner.tokens
    if inner is region:
        return is_most
    after, before = (
        0 <= at < len(kept) and kept[at] and inner in around(outline.blocks[at].region)
        for at in (start, start - 1)
    )
    return after or (before and is_most)


def _stay(region: Region | None, stays: set[Region]) -> None:
    for each in around(region):
        if each in stays:
            return
        stays.add(each)


def _silence(element: etree._Element, *, is_tail: bool) -> None:
    if is_tail:
        element.tail = None
    else:
        element.text = None
