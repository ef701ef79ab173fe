"""Which blocks are the content, by how likely each of them is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby

from lxml import etree

from ..normalize import kinds_of
from .blocks import Block, Outline, Region, around

#: How much a block is like the others in the region around it, and like those marked up alike.
_FROM_REGION = _FROM_ALIKE = 0.2
#: Blocks at a picture; more of them are a text of its own.
_MOST_AT_FIGURE = 3
#: Stands or falls as a whole: half a table says something else.
_WHOLE = frozenset({"table", "dl", "pre"})


def chosen(outline: Outline, probabilities: Sequence[float]) -> list[bool]:
    """Whether each block of *outline* is kept.

    Those are kept whose choice makes the expected F1 over tokens largest, which takes the likely
    ones down to a limit that is the page's own (Ye, Chai, Lee, Chieu 2012, "Optimizing F-measure").
    """
    likely = _beside_others(outline.blocks, probabilities)
    limit = _limit(outline.blocks, likely)
    kept = [each >= limit for each in likely]
    _keep_captions(outline.blocks, kept)
    _keep_headings(outline.blocks, kept)
    _keep_notes(outline, kept)
    for region, inside in _wholes(outline).items():
        tokens = sum(outline.blocks[index].tokens for index in inside if kept[index])
        is_kept = tokens * 2 >= region.tokens or _is_between(inside, region, kept, outline.blocks)
        for index in inside:
            kept[index] = is_kept
    return kept


def _beside_others(blocks: list[Block], probabilities: Sequence[float]) -> list[float]:
    """A block is likely what the others in its region are, and those that are marked up alike.

    Held out, F1 is 0.002 to 0.003 higher with shares of 0.2 and 0.3 than with none.
    """
    inside: defaultdict[Region, _Mean] = defaultdict(_Mean)
    alike: defaultdict[tuple[str, ...], _Mean] = defaultdict(_Mean)
    means = []
    for block, probability in zip(blocks, probabilities, strict=True):
        pair = inside[block.region.parent or block.region], alike[block.region.markup]
        for mean in pair:
            mean.add(probability, block.tokens)
        means.append(pair)
    return [
        (1 - _FROM_REGION - _FROM_ALIKE) * probability
        + _FROM_REGION * region.value
        + _FROM_ALIKE * marked.value
        for probability, (region, marked) in zip(probabilities, means, strict=True)
    ]


class _Mean:
    """The mean of what is added, by its weight."""

    __slots__ = ("_total", "_weight")

    def __init__(self) -> None:
        self._total = self._weight = 0.0

    def add(self, value: float, weight: float) -> None:
        self._total += value * weight
        self._weight += weight

    @property
    def value(self) -> float:
        return self._total / self._weight if self._weight else 0.0


def _keep_headings(blocks: list[Block], kept: list[bool]) -> None:
    """A heading stands or falls with what it heads."""
    for index in range(len(blocks) - 2, -1, -1):
        if blocks[index].is_heading and kept[index + 1]:
            kept[index] = True


def _keep_captions(blocks: list[Block], kept: list[bool]) -> None:
    """What is written at a figure stands with the text behind it, or else before it."""
    figures = [_figure(block.region) for block in blocks]
    for figure, group in groupby(range(len(blocks)), key=figures.__getitem__):
        inside = list(group)
        if figure is None or figure.blocks > _MOST_AT_FIGURE:
            continue
        beside = [at for at in (inside[-1] + 1, inside[0] - 1) if 0 <= at < len(blocks)]
        near = [at for at in beside if figure.parent in set(around(blocks[at].region))]
        for index in inside if near else ():
            kept[index] = kept[index] or kept[near[0]]


def _figure(region: Region) -> Region | None:
    return next((each for each in around(region) if each.tag == "figure"), None)


def _keep_notes(outline: Outline, kept: list[bool]) -> None:
    """A footnote stands with the mark that leads to it."""
    names = set()
    for block, is_kept in zip(outline.blocks, kept, strict=True):
        for element, is_tail in block.pieces if is_kept else ():
            if not is_tail and (name := _noted(element)):
                names.add(name)
    if not names:
        return
    notes = {region for region in outline.regions if region.element.get("id") in names}
    for index, block in enumerate(outline.blocks):
        if not notes.isdisjoint(around(block.region)):
            kept[index] = True


def _noted(element: etree._Element) -> str:
    """The name of the note to which the text of *element* leads: a link in, or around, `sup`."""
    parent = element.getparent()
    if parent is None or {element.tag, parent.tag} != {"a", "sup"}:
        return ""
    address = (element if element.tag == "a" else parent).get("href", "")
    return address[1:] if address.startswith("#") else ""


def _limit(blocks: list[Block], probabilities: Sequence[float]) -> float:
    """The lowest probability that is kept."""
    expected = sum(p * block.tokens for p, block in zip(probabilities, blocks, strict=True))
    best, limit = -1.0, 1.0
    taken = content = 0.0
    for index in sorted(range(len(blocks)), key=lambda each: -probabilities[each]):
        taken += blocks[index].tokens
        content += probabilities[index] * blocks[index].tokens
        score = content / (taken + expected) if taken + expected else 0.0
        if score >= best:
            best, limit = score, probabilities[index]
    return limit


def _wholes(outline: Outline) -> dict[Region, list[int]]:
    """The blocks of each table of data: one with headers, or whose cells are one block each."""
    owners: dict[Region, Region | None] = {}
    found: dict[Region, list[int]] = {}
    for region in outline.regions:
        above = owners.get(region.parent) if region.parent is not None else None
        owners[region] = above or (region if _is_whole(region) else None)
    for index, block in enumerate(outline.blocks):
        owner = owners[block.region]
        if owner is not None:
            found.setdefault(owner, []).append(index)
    return found


def _is_between(inside: list[int], whole: Region, kept: list[bool], blocks: list[Block]) -> bool:
    """Whether *whole* stands in the midst of what is kept."""
    before, after = inside[0] - 1, inside[-1] + 1
    if before < 0 or after >= len(kept) or not (kept[before] and kept[after]):
        return False
    return all(whole.parent in set(around(blocks[at].region)) for at in (before, after))


def _is_whole(region: Region) -> bool:
    if region.tag != "table":
        return region.tag in _WHOLE
    cells = list(region.element.iter("td"))
    # The lines of a code block and their numbers stand in cells, too.
    is_code = any("gutter" in kinds_of(cell.get("class", "")) for cell in cells)
    return is_code or region.element.find(".//th") is not None or _is_even(region, len(cells))


def _is_even(table: Region, cells: int) -> bool:
    """Whether no cell of *table* holds more than a block, as in no table that lays out a page."""
    rows = len(table.element.findall(".//tr"))
    return rows > 1 and cells >= 2 * rows and table.blocks <= cells
